import type { CodePointSet } from './code-point-set.js';

/**
 * A pattern with Python's spelling gone: flags, letter case, classes and escapes are resolved into
 * plain sets of code points, so neither engine needs to know what Python means by `\w` or `(?i)`.
 */
export type Node =
  | { readonly type: 'set'; readonly set: CodePointSet }
  | { readonly type: 'sequence'; readonly items: readonly Node[] }
  | { readonly type: 'either'; readonly branches: readonly Node[] }
  | {
      readonly type: 'repeat';
      readonly body: Node;
      readonly min: number;
      /** Infinity when there is no upper bound. */
      readonly max: number;
      readonly lazy: boolean;
    }
  | { readonly type: 'capture'; readonly group: number; readonly body: Node }
  | { readonly type: 'reference'; readonly group: number }
  | {
      readonly type: 'look';
      readonly ahead: boolean;
      readonly negative: boolean;
      readonly body: Node;
    }
  | { readonly type: 'at'; readonly place: Place }
  | {
      readonly type: 'boundary';
      /** True for `\B`. */
      readonly negative: boolean;
      /** What counts as part of a word. */
      readonly word: CodePointSet;
    };

/** `almost-end` is Python's `$`: the end, or before a newline that ends the text. */
export type Place = 'start' | 'end' | 'almost-end' | 'line-start' | 'line-end';

/** Python would refuse to compile this pattern. */
export class PatternSyntaxError extends Error {
  override readonly name = 'PatternSyntaxError';

  /** @param position in code points from the start of the pattern */
  constructor(
    readonly problem: string,
    readonly position: number,
  ) {
    super(`${problem} at position ${position}`);
  }
}

/** Python accepts this pattern, but no engine here can match exactly the same words. */
export class UnsupportedPatternError extends Error {
  override readonly name = 'UnsupportedPatternError';
}
