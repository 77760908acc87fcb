import { BoundedMatcher, LinearMatcher, type Matcher, RefusedByRe2 } from './matcher.js';
import { parse } from './parse.js';
import { PatternSyntaxError, UnsupportedPatternError } from './syntax.js';
import { isLinear } from './traits.js';

/**
 * What answers for a pattern: `literal` compares, `linear` runs in linear time, `bounded` may
 * backtrack and so runs under a time limit, `invalid` matches nothing.
 */
export type Engine = 'literal' | 'linear' | 'bounded' | 'invalid';

/** A pattern made ready to match, or why it matches nothing. */
export interface Compiled {
  readonly engine: Engine;
  readonly problem?: string;
  readonly matcher?: Matcher;
}

/** Never throws: what is wrong with the pattern is in `problem`. */
export function compile(source: string): Compiled {
  try {
    const node = parse(source);
    return isLinear(node)
      ? { engine: 'linear', matcher: new LinearMatcher(source, node) }
      : { engine: 'bounded', matcher: new BoundedMatcher(source, node) };
  } catch (error) {
    return invalid(error);
  }
}

/**
 * What an error while matching tells about the pattern itself: RE2 refuses it, so V8 is to match it,
 * or V8 refuses it too. Undefined for anything else, which the word may have caused.
 */
export function recompile(source: string, error: unknown): Compiled | undefined {
  if (error instanceof UnsupportedPatternError) return invalid(error);
  if (!(error instanceof RefusedByRe2)) return undefined;
  return { engine: 'bounded', matcher: new BoundedMatcher(source, parse(source)) };
}

/** Any error at all, even one of ours, closes the pattern. */
function invalid(error: unknown): Compiled {
  const message = error instanceof Error ? error.message : String(error);
  const kind = error instanceof PatternSyntaxError ? 'does not compile' : 'is not supported';
  return { engine: 'invalid', problem: `${kind}: ${message}` };
}
