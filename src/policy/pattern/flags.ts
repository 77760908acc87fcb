import { PatternSyntaxError, UnsupportedPatternError } from './syntax.js';

/** The inline flags of Python's re that mean something for str patterns. */
export interface Flags {
  readonly ascii: boolean;
  readonly ignoreCase: boolean;
  readonly multiline: boolean;
  readonly dotAll: boolean;
  readonly verbose: boolean;
}

export const NO_FLAGS: Flags = {
  ascii: false,
  ignoreCase: false,
  multiline: false,
  dotAll: false,
  verbose: false,
};

/** What `(?flags)`, `(?flags:` or `(?flags-flags:` says; `:` or `)` ends it. */
export interface FlagGroup {
  readonly on: ReadonlySet<string>;
  readonly off: ReadonlySet<string>;
  readonly scoped: boolean;
}

/**
 * Checks the text between `(?` and the character that ends it.
 * @throws PatternSyntaxError as Python would
 */
export function readFlagGroup(text: string, terminator: string, position: number): FlagGroup {
  const fail = (problem: string) => new PatternSyntaxError(problem, position);
  const dash = text.indexOf('-');
  const on = new Set(dash < 0 ? text : text.slice(0, dash));
  const off = new Set(dash < 0 ? '' : text.slice(dash + 1));
  const scoped = terminator === ':';
  for (const flag of [...on, ...off]) {
    if (flag === 't') throw new UnsupportedPatternError('the flag t');
    if (flag === '' || !'aiLmsux'.includes(flag)) throw fail('unknown flag');
  }
  if (on.has('L')) throw fail("bad inline flags: cannot use 'L' flag with a str pattern");
  if (on.has('a') && on.has('u')) {
    throw fail("bad inline flags: flags 'a', 'u' and 'L' are incompatible");
  }
  if (dash >= 0 && off.size === 0) throw fail('missing flag');
  if (dash >= 0 && !scoped) throw fail('missing :');
  for (const flag of off) {
    if ('aLu'.includes(flag)) {
      throw fail("bad inline flags: cannot turn off flags 'a', 'u' and 'L'");
    }
    if (on.has(flag)) throw fail('bad inline flags: flag turned on and off');
  }
  return { on, off, scoped };
}

/** The flags in force inside a group, or after a global flag group. */
export function applyFlags(flags: Flags, { on, off }: FlagGroup): Flags {
  const value = (letter: string, before: boolean) => on.has(letter) || (before && !off.has(letter));
  return {
    ascii: on.has('a') || (flags.ascii && !on.has('u')),
    ignoreCase: value('i', flags.ignoreCase),
    multiline: value('m', flags.multiline),
    dotAll: value('s', flags.dotAll),
    verbose: value('x', flags.verbose),
  };
}
