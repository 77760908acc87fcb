import type { Steps } from '../steps.js';
import { ChainingFilter, chained, innerDecision, refuseBehind } from './chaining-filter.js';
import {
  type FilterSource,
  type MatchContext,
  type Reach,
  refuse,
  type Verdict,
} from './filter.js';
import { Patterns } from './patterns.js';
import type { Shape } from './shape.js';

/** `ChainingRegExpFilter, exec, user, re...`: words that match, then a command allowed by itself. */
export class ChainingRegExpFilter extends ChainingFilter {
  override readonly reach: Reach;
  readonly #patterns: Patterns;

  constructor(source: FilterSource, definition: readonly string[]) {
    super(source, definition);
    this.#patterns = new Patterns(definition.slice(2));
    this.reach = this.#patterns.reach({ by: 'any' });
  }

  override match(words: readonly string[], context: MatchContext): Verdict | Steps<Verdict> {
    const { count } = this.#patterns;
    // oslo.rootwrap checks the whole of it as the inner command, then runs it without its first word
    if (count === 0) return refuse('has no pattern, so it never matches');
    if (words.length <= count) return refuse(`takes ${count} words and a command behind them`);
    return this.#ask(words, context);
  }

  *#ask(words: readonly string[], context: MatchContext): Steps<Verdict> {
    const { count } = this.#patterns;
    const refusal = yield* this.#patterns.refusal(words, context);
    if (refusal !== undefined) return refusal;
    const inner = yield* innerDecision(words.slice(count), this.user, context);
    if (!inner.matched) return refuseBehind(inner, count);
    return chained(words.slice(1, count), inner);
  }

  override shape(): Shape {
    return { variables: [], words: this.#patterns.rules(), rest: 'command' };
  }
}
