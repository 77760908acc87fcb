import type { PatternBudget } from './budget.js';
import { literalText } from './literal.js';
import { BoundedMatcher, LinearMatcher, type Matcher } from './matcher.js';
import { parse } from './parse.js';
import { PatternSyntaxError, UnsupportedPatternError } from './syntax.js';
import { isLinear } from './traits.js';

export { PatternBudget } from './budget.js';

/**
 * What answers for a pattern: `literal` compares, `linear` runs in linear time, `bounded` may
 * backtrack and so runs under a time limit, `invalid` matches nothing.
 */
export type Engine = 'literal' | 'linear' | 'bounded' | 'invalid';

interface Compiled {
  readonly engine: Engine;
  readonly problem?: string;
  readonly matcher?: Matcher;
}

/**
 * A regular expression of a filter file, in Python's syntax. It matches whole words only, like
 * `re.fullmatch`: stricter than oslo.rootwrap, which appends `$` to the text and uses `re.match`.
 */
export class Pattern {
  /** The only word it can match, when there is one; known without parsing. */
  readonly literal: string | undefined;
  #compiled: Compiled | undefined;

  /** Never throws: a pattern that is wrong matches nothing and has a `problem`. */
  constructor(readonly source: string) {
    this.literal = literalText(source);
  }

  get engine(): Engine {
    return this.#compile().engine;
  }

  /** Why it matches nothing: Python would not compile it, or it can't be matched exactly here. */
  get problem(): string | undefined {
    return this.#compile().problem;
  }

  /**
   * Whether the pattern matches the whole word. False when the time of the budget runs out, which
   * the budget then tells, and for a word that is not valid Unicode.
   */
  matches(word: string, budget: PatternBudget): boolean {
    if (this.literal !== undefined) return word === this.literal;
    const { matcher } = this.#compile();
    if (matcher === undefined || /\p{Surrogate}/u.test(word)) return false;
    try {
      return matcher.matches(word, budget);
    } catch (error) {
      this.#compiled = invalid(error);
      return false;
    }
  }

  /** Why a word that was just tried with this budget is refused, for people to read. */
  refusal(budget: PatternBudget): string {
    const { problem } = this;
    if (problem !== undefined) return `pattern ${this.source} ${problem}`;
    if (budget.slowPattern === this.source) return `pattern ${this.source} took too long`;
    if (this.engine !== 'literal' && budget.timedOut) {
      return `pattern ${this.source} did not match, or had no time left to`;
    }
    return `does not match pattern ${this.source}`;
  }

  #compile(): Compiled {
    this.#compiled ??= this.literal === undefined ? compile(this.source) : { engine: 'literal' };
    return this.#compiled;
  }
}

function compile(source: string): Compiled {
  try {
    const node = parse(source);
    return isLinear(node)
      ? { engine: 'linear', matcher: new LinearMatcher(source, node) }
      : { engine: 'bounded', matcher: new BoundedMatcher(source, node) };
  } catch (error) {
    return invalid(error);
  }
}

/** Any error at all closes the pattern; an engine out of memory or stack throws too. */
function invalid(error: unknown): Compiled {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof PatternSyntaxError) {
    return { engine: 'invalid', problem: `does not compile: ${message}` };
  }
  const what = error instanceof UnsupportedPatternError ? message : `the engine says ${message}`;
  return { engine: 'invalid', problem: `not supported: ${what}` };
}
