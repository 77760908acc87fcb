import type { Pin } from '../../posix/addon.js';
import type { PatternBudget } from '../pattern/pattern.js';
import { finish, type Steps } from '../steps.js';
import type { Shape } from './shape.js';

/** Where a filter was written. */
export interface FilterSource {
  /** The key of its line: `kill_dnsmasq`. */
  readonly name: string;
  /** Its class: `KillFilter`. */
  readonly className: string;
  readonly file: string;
  /** Counted from 1; 0 for the filter that is always there. */
  readonly line: number;
}

/** A filter's yes: what to run, in the filter's words and not in the caller's. */
export interface Match {
  readonly matched: true;
  /** Words after the executable. */
  readonly args: readonly string[];
  /** Variables to set for the command. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Canonical paths in `args` that somebody else could still exchange. */
  readonly exchangeable?: readonly Pin[];
  /** Indexes into `args` of directories by their final name into which others can put anything. */
  readonly filled?: readonly number[];
  /** The command is a signal to this process, to be sent by descriptor. */
  readonly signal?: { readonly pid: number; readonly signal: number; readonly program: string };
}

/** A filter's no, and the word that it fell on. */
export interface Refusal {
  readonly matched: false;
  readonly reason: string;
  /** Index into the words that were matched. */
  readonly word?: number;
  /** Whether the message of the refusal should say this, not only that no filter matched. */
  readonly isTelling?: boolean;
}

export type Verdict = Match | Refusal;

/** What a filter may ask about the world while it matches. */
export interface MatchContext {
  /** Processor time left to patterns, and when others have their turn. */
  readonly budget: PatternBudget;
  /** The directories of PATH that count. */
  path(): readonly string[];
  /** Decides a command behind a prefix among the filters of that user that chain no further. */
  decideInner(words: readonly string[], user: string): InnerDecision | Steps<InnerDecision>;
}

/** The outcome for the command behind a prefix such as `ip netns exec NAME`. */
export type InnerDecision = InnerMatch | Refusal;

export interface InnerMatch {
  readonly matched: true;
  /** The inner command: its executable by full path, then its arguments. */
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Paths in `argv`. */
  readonly exchangeable: readonly Pin[];
}

/**
 * The commands a filter could match, told beforehand so that it need not be asked about others.
 * `first`: the first word is one of these. `command`: the first word after leading NAME=VALUE
 * words is one of these. `count`: there are that many words. `any`: it has to be asked.
 */
export type Reach =
  | { readonly by: 'first' | 'command'; readonly words: readonly string[] }
  | { readonly by: 'count'; readonly count: number }
  | { readonly by: 'any' };

/** One line of a filter file. */
export abstract class Filter {
  /** Needs another filter to allow what follows its own words. */
  readonly chaining: boolean = false;

  constructor(
    readonly source: FilterSource,
    /** The executable as written: an absolute path, or a name to be found in exec_dirs. */
    readonly exec: string,
    /** Name of the user to run as. */
    readonly user: string,
  ) {}

  abstract readonly reach: Reach;

  /** Decides about the words of a command, of which there is at least one: at once, or in steps. */
  abstract match(words: readonly string[], context: MatchContext): Verdict | Steps<Verdict>;

  /** What it takes, for those who judge filters. */
  abstract shape(): Shape;
}

/** What a filter decides, without a stop. */
export function verdictOf(
  filter: Filter,
  words: readonly string[],
  context: MatchContext,
): Verdict {
  const answer = filter.match(words, context);
  return 'matched' in answer ? answer : finish(answer);
}

/** The base name as Python's os.path.basename has it: nothing after a trailing slash. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The two spellings of an executable that a caller may use: as written, or its base name. */
export function spellings(exec: string): readonly string[] {
  const base = baseName(exec);
  return base === exec ? [exec] : [exec, base];
}

/** The refusal of a first word that is neither spelling of the executable. */
export function misnamed(word: string | undefined, exec: string): Refusal | undefined {
  const names = spellings(exec);
  return names.includes(word ?? '') ? undefined : refuse(`is not ${names.join(' or ')}`, 0);
}

export function refuse(reason: string, word?: number): Refusal {
  return word === undefined ? { matched: false, reason } : { matched: false, reason, word };
}
