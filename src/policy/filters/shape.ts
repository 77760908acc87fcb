import type { Pattern } from '../pattern/pattern.js';

/** What a filter says about one word of a command. */
export type WordRule =
  | { readonly takes: 'anything' }
  | { readonly takes: 'words'; readonly words: readonly string[] }
  | { readonly takes: 'pattern'; readonly pattern: Pattern }
  /** What resolves to the directory or to something below it. */
  | { readonly takes: 'path'; readonly directory: string }
  /** The number of a process that runs the program. */
  | { readonly takes: 'process'; readonly program: string };

/**
 * What a filter takes, laid out for those who judge filters or write them. Deciding is `match`'s
 * alone: a shape may take more than `match` does (IpFilter), never less.
 */
export interface Shape {
  /** NAME=VALUE words in front, in any order and with any value. */
  readonly variables: readonly string[];
  /** The words after those, the command's name first. */
  readonly words: readonly WordRule[];
  /** What may follow them. A `command` is one that another filter allows, and must be there. */
  readonly rest: 'nothing' | 'anything' | 'command';
}

export const ANYTHING: WordRule = { takes: 'anything' };

export function oneOf(words: readonly string[]): WordRule {
  return { takes: 'words', words };
}
