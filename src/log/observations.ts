import { closeSync, constants, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { posix } from '../posix/addon.js';
import { resolvePath } from '../posix/resolve-path.js';
import { toJson } from './json.js';
import type { Log } from './log.js';
import { withoutValues } from './secrets.js';
import type { Asker } from './wording.js';

const { O_RDWR, O_APPEND, O_CREAT, O_NOFOLLOW, O_NOCTTY, O_NONBLOCK } = constants;
const OWNER_ONLY = 0o600;
const GROUP_AND_OTHERS = 0o077;

/** Bytes. Whoever may call can also fill the file; what lies beside it needs room too. */
const MOST_BYTES = 256 * 1024 * 1024;
/** Characters of a command that are kept: far above real ones. */
const MOST_CHARACTERS = 16_384;
const MOST_WORDS = 4096;
const NEWLINE = 0x0a;

/** What a policy said, as far as it is kept. */
export interface Observed {
  readonly outcome: 'allowed' | 'denied' | 'not-executable';
  readonly filter?: ObservedFilter;
  readonly plan?: ObservedPlan;
}

export interface ObservedFilter {
  readonly name: string;
  readonly file: string;
  readonly line: number;
}

/** What the decision allows to run. */
export interface ObservedPlan {
  readonly argv: readonly string[];
  readonly user: string;
  /** Of a signal: what the process runs. */
  readonly program?: string;
}

/** One line of the file that the key `observe` names. */
export interface ObservedLine {
  /** As Date.prototype.toISOString has it. */
  readonly time: string;
  readonly outcome: Observed['outcome'];
  /** The caller's words; the values of variables are left out, as in the log. */
  readonly command: readonly string[];
  /** Why `command` is not exactly what was asked: cut for its length, or not valid UTF-8. */
  readonly inexact?: 'cut' | 'altered';
  readonly uid: number;
  /** Name of that user, the number where there is none. */
  readonly caller: string;
  readonly pid: number;
  readonly filter?: ObservedFilter;
  readonly plan?: ObservedPlan;
}

/**
 * The file of decisions that `observe` in rootwrap.conf names: one line of JSON for each, from which
 * `tsrootwrapctl suggest` writes filters.
 *
 * It is no audit log. Where it cannot be written the decision holds all the same, the log is told
 * once, and nothing is done to the file: not its mode, not its owner, not its length.
 *
 * Each line is one write(2) to a descriptor with O_APPEND, which local file systems do not mix with
 * those of other processes. There is no lock: a caller can stop its engine by a key of its terminal
 * (Ctrl-Z), and would hold up all others. A line that another process could not finish (a full disk,
 * the caller's own limit of file sizes) is ended before the next one; what looks so may be a line that
 * is just being written, and then an empty line follows it. The file is opened for each line, so it may
 * be moved away at any time.
 */
export class Observations {
  readonly #file: string | undefined;
  readonly #log: Log;
  #told = false;

  /**
   * @param file absolute path; undefined keeps nothing
   * @param log told why, the first time that a line could not be written, and again after one could
   */
  constructor(file: string | undefined, log: Log) {
    this.#file = file;
    this.#log = log;
  }

  /**
   * Appends a decision. Never throws.
   *
   * @param inexact when the words are not what the caller gave: they cannot be told exactly
   */
  note(words: readonly string[], observed: Observed, asker: Asker, inexact?: 'altered'): void {
    if (this.#file === undefined) return;
    try {
      append(this.#file, Buffer.from(`${toJson(lineOf(words, observed, asker, inexact))}\n`));
      this.#told = false;
    } catch (error) {
      if (this.#told) return;
      this.#told = true;
      this.#log.warning(`Cannot observe to ${this.#file}: ${(error as Error).message}`);
    }
  }
}

function lineOf(
  words: readonly string[],
  { outcome, filter, plan }: Observed,
  { uid, pid }: Asker,
  altered?: 'altered',
): ObservedLine {
  const fits = isShort(words) && (plan === undefined || isShort(plan.argv));
  const inexact = altered ?? (fits ? undefined : 'cut');
  return {
    time: new Date().toISOString(),
    outcome,
    command: withoutValues(fits ? words : shortened(words)),
    ...(inexact && { inexact }),
    uid,
    caller: posix.userName(uid) ?? String(uid),
    pid,
    ...(filter && { filter: { name: filter.name, file: filter.file, line: filter.line } }),
    ...(plan && fits && { plan: planOf(plan) }),
  };
}

function planOf({ argv, user, program }: ObservedPlan): ObservedPlan {
  return { argv: withoutValues(argv), user, ...(program !== undefined && { program }) };
}

function isShort(words: readonly string[]): boolean {
  if (words.length > MOST_WORDS) return false;
  return words.reduce((sum, word) => sum + word.length, 0) <= MOST_CHARACTERS;
}

/** The first words, as many characters of them as are kept. */
function shortened(words: readonly string[]): string[] {
  const kept: string[] = [];
  let room = MOST_CHARACTERS;
  for (const word of words.slice(0, MOST_WORDS)) {
    if (room <= 0) break;
    kept.push(word.slice(0, room));
    room -= word.length;
  }
  return kept;
}

/** @throws with a message that says what to do */
function append(file: string, line: Uint8Array): void {
  requireFixedPlace(file);
  const fd = openSync(
    file,
    O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK,
    OWNER_ONLY,
  );
  try {
    const size = requireOwn(fd);
    const bytes = endsLine(fd, size) ? line : Buffer.concat([Buffer.of(NEWLINE), line]);
    if (writeSync(fd, bytes) < bytes.length) {
      throw new Error('there was no room for the whole line: make room, or rotate it');
    }
  } finally {
    closeSync(fd);
  }
}

/** Root's lines, which callers have a say in, must not go where a caller leads them. */
function requireFixedPlace(file: string): void {
  if (process.geteuid?.() !== 0 || resolvePath(file)?.exchangeable === false) return;
  throw new Error('others could replace it or a directory above it: name a directory of root');
}

/** The size in bytes of an opened file that only this process's user can read and write. */
function requireOwn(fd: number): number {
  const stat = fstatSync(fd);
  const { mode, uid, nlink, size } = stat;
  if (!stat.isFile()) throw new Error('it is not a regular file: remove it');
  if (uid !== process.geteuid?.() || (mode & GROUP_AND_OTHERS) !== 0 || nlink !== 1) {
    throw new Error(
      'it must belong to the user of this process, with mode 0600 and one name: move it away',
    );
  }
  if (size >= MOST_BYTES) throw new Error(`it has reached ${MOST_BYTES} bytes: rotate it`);
  return size;
}

function endsLine(fd: number, size: number): boolean {
  if (size === 0) return true;
  const last = Buffer.alloc(1);
  return readSync(fd, last, 0, 1, size - 1) === 0 || last[0] === NEWLINE;
}
