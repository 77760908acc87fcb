import { Pattern, type PatternBudget } from '../pattern/pattern.js';
import type { Steps } from '../steps.js';
import { type MatchContext, type Reach, type Refusal, refuse } from './filter.js';
import { oneOf, type WordRule } from './shape.js';

/** The patterns of a RegExpFilter or a ChainingRegExpFilter, one for each leading word. */
export class Patterns {
  readonly #patterns: readonly Pattern[];

  constructor(sources: readonly string[]) {
    this.#patterns = sources.map((source) => new Pattern(source));
  }

  get count(): number {
    return this.#patterns.length;
  }

  /** The first word, when the first pattern can match only one. */
  reach(otherwise: Reach): Reach {
    const literal = this.#patterns[0]?.literal;
    return literal === undefined ? otherwise : { by: 'first', words: [literal] };
  }

  rules(): WordRule[] {
    return this.#patterns.map((pattern) =>
      pattern.literal === undefined ? { takes: 'pattern', pattern } : oneOf([pattern.literal]),
    );
  }

  /** Why one of the leading words does not match; undefined when all do. */
  *refusal(words: readonly string[], { budget }: MatchContext): Steps<Refusal | undefined> {
    for (const [index, pattern] of this.#patterns.entries()) {
      const word = words[index];
      if (word === undefined) return refuse(`has no word for pattern ${pattern.source}`, index);
      const isMatch = pattern.matches(word, budget);
      if (pattern.literal === undefined && budget.isTurnOver) yield* budget.pause();
      if (isMatch) continue;
      return refuse(whyNot(pattern, budget), index);
    }
    return undefined;
  }
}

function whyNot(pattern: Pattern, budget: PatternBudget): string {
  const { knownProblem } = pattern;
  if (knownProblem !== undefined) return `meets pattern ${pattern.source}, which ${knownProblem}`;
  if (budget.slowPattern === pattern.source) return `took pattern ${pattern.source} too long`;
  if (pattern.literal === undefined && budget.timedOut)
    return `does not match ${pattern.source}, or had no time left to`;
  return `does not match ${pattern.source}`;
}
