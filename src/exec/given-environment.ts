import { closeSync, openSync, readSync } from 'node:fs';

/** The launcher's variable: the descriptor of a sealed memfd. */
const LAUNCHER = 'TSROOTWRAP_CALLER';

/** A limit as the caller had it, in setrlimit(2)'s numbers; null is none. */
export interface GivenLimit {
  /** Its number: see RLIMIT. */
  readonly resource: number;
  readonly soft: number | null;
  readonly hard: number | null;
}

interface Given {
  readonly environment: readonly Uint8Array[];
  readonly limits: readonly GivenLimit[];
}

let given: Given | undefined;

/**
 * The caller's environment as this process was given it, byte for byte: `NAME=VALUE` entries. It is
 * read once. `process.env` differs: it has what the launcher gave Node, and what was changed since.
 */
export function givenEnvironment(): readonly Uint8Array[] {
  given ??= readGiven();
  return given.environment;
}

/** The limits that the launcher lifted for Node, and that of open files: a command is to have these. */
export function givenLimits(): readonly GivenLimit[] {
  given ??= readGiven();
  return given.limits;
}

/**
 * Without the launcher, the process's own. Whoever could set the variable there could also have Node
 * load code: the launcher starts Node with this variable alone.
 */
function readGiven(): Given {
  const fd = process.env[LAUNCHER];
  if (fd === undefined)
    return { environment: entriesOf(readFile('/proc/self/environ')), limits: [] };
  const entries = entriesOf(readAll(Number(fd)));
  const end = entries.findIndex((entry) => entry.length === 0);
  return {
    environment: entries.slice(end + 1),
    limits: entries.slice(0, end).map((entry) => limitOf(Buffer.from(entry).toString())),
  };
}

/** `RESOURCE SOFT HARD`, where -1 is no limit. */
function limitOf(line: string): GivenLimit {
  const [resource = Number.NaN, soft, hard] = line.split(' ').map(Number);
  const limit = (number: number | undefined) => (number === -1 ? null : (number ?? Number.NaN));
  return { resource, soft: limit(soft), hard: limit(hard) };
}

/**
 * The value that the caller gave a variable, as text: bytes that are not UTF-8 become U+FFFD. The first
 * entry of that name counts, as for getenv(3). Undefined when there is none. What a program that runs
 * as root is to know of its caller is asked here: Node itself is not started with the caller's variables.
 */
export function givenVariable(name: string): string | undefined {
  const start = Buffer.from(`${name}=`);
  const entry = givenEnvironment().find((bytes) => start.equals(bytes.subarray(0, start.length)));
  return entry && Buffer.from(entry.subarray(start.length)).toString();
}

/** The texts of a block in which each ends with a NUL. */
function entriesOf(bytes: Uint8Array): Uint8Array[] {
  const entries: Uint8Array[] = [];
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf(0, start);
    entries.push(bytes.subarray(start, end === -1 ? bytes.length : end));
    start = end === -1 ? bytes.length : end + 1;
  }
  return entries;
}

function readFile(file: string): Buffer {
  return readAll(openSync(file, 'r'));
}

/** Files of /proc tell no size: readFileSync takes half a millisecond to find that out. Closes it. */
function readAll(fd: number): Buffer {
  try {
    let bytes = Buffer.allocUnsafe(1 << 16);
    let length = 0;
    for (;;) {
      const count = readSync(fd, bytes, length, bytes.length - length, null);
      if (count === 0) return bytes.subarray(0, length);
      length += count;
      if (length === bytes.length) bytes = Buffer.concat([bytes, Buffer.allocUnsafe(length)]);
    }
  } finally {
    closeSync(fd);
  }
}
