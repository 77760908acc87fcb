import type { PatternBudget } from './budget.js';
import { type Compiled, compile, recompile } from './engine.js';
import { literalText } from './literal.js';

export { PatternBudget } from './budget.js';
export type { Engine } from './engine.js';

/**
 * A regular expression of a filter file, in Python's syntax. It matches whole words only, like
 * `re.fullmatch`: stricter than oslo.rootwrap, which appends `$` to the text and uses `re.match`.
 */
export class Pattern {
  /** null until asked for: thousands of patterns are loaded, and few are ever looked at. */
  #literal: string | undefined | null = null;
  #compiled: Compiled | undefined;

  /** Costs nothing and never throws: a wrong pattern matches nothing and has a `problem`. */
  constructor(readonly source: string) {}

  /** The only word it can match, when there is one and it shows without parsing. */
  get literal(): string | undefined {
    if (this.#literal === null) this.#literal = literalText(this.source);
    return this.#literal;
  }

  /** What answers for it. Parses at first use. */
  get engine(): Compiled['engine'] {
    return this.#compile().engine;
  }

  /** Why it matches nothing: Python would not compile it, or it can't be matched exactly here. */
  get problem(): string | undefined {
    return this.#compile().problem;
  }

  /**
   * Whether the pattern matches the whole word. Never throws. False when time or memory runs out,
   * which the budget then tells, and for a word that is not valid Unicode.
   */
  matches(word: string, budget: PatternBudget): boolean {
    const { literal } = this;
    if (literal !== undefined) return word === literal;
    return budget.spend(this.source, () => this.#answer(word, budget)) === true;
  }

  #answer(word: string, budget: PatternBudget): boolean {
    const { matcher } = this.#compile();
    if (matcher === undefined || !word.isWellFormed()) return false;
    try {
      return matcher.matches(word, budget);
    } catch (error) {
      return this.#afterError(error, word, budget);
    }
  }

  /** What depends on the pattern alone is remembered; what the word caused must not be. */
  #afterError(error: unknown, word: string, budget: PatternBudget): boolean {
    const compiled = recompile(this.source, error);
    if (compiled === undefined) {
      budget.giveUp(this.source);
      return false;
    }
    this.#compiled = compiled;
    return this.#answer(word, budget);
  }

  /**
   * The same, as far as it is known: a pattern that a decision had no time to read is not read to tell
   * why it did not match.
   */
  get knownProblem(): string | undefined {
    return this.#compiled?.problem;
  }

  /** Why a word that was just tried with this budget is refused, for people to read. */
  refusal(budget: PatternBudget): string {
    const problem = budget.timedOut ? this.knownProblem : this.problem;
    if (problem !== undefined) return `pattern ${this.source} ${problem}`;
    if (budget.slowPattern === this.source) return `pattern ${this.source} took too long`;
    if (this.literal === undefined && budget.timedOut) {
      return `pattern ${this.source} did not match, or had no time left to`;
    }
    return `does not match pattern ${this.source}`;
  }

  #compile(): Compiled {
    this.#compiled ??= this.literal === undefined ? compile(this.source) : { engine: 'literal' };
    return this.#compiled;
  }
}
