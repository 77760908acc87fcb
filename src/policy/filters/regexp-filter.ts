import type { Steps } from '../steps.js';
import {
  Filter,
  type FilterSource,
  type MatchContext,
  type Reach,
  refuse,
  type Verdict,
} from './filter.js';
import { Patterns } from './patterns.js';
import type { Shape } from './shape.js';

/** `RegExpFilter, exec, user, re...`: one pattern for each word, the program's name included. */
export class RegExpFilter extends Filter {
  readonly reach: Reach;
  readonly #patterns: Patterns;

  constructor(source: FilterSource, [exec = '', user = '', ...patterns]: readonly string[]) {
    super(source, exec, user);
    this.#patterns = new Patterns(patterns);
    this.reach = this.#patterns.reach({ by: 'count', count: patterns.length });
  }

  match(words: readonly string[], context: MatchContext): Verdict | Steps<Verdict> {
    const { count } = this.#patterns;
    if (words.length !== count) return refuse(`takes ${count} words, not ${words.length}`);
    return this.#ask(words, context);
  }

  *#ask(words: readonly string[], context: MatchContext): Steps<Verdict> {
    const refusal = yield* this.#patterns.refusal(words, context);
    return refusal ?? { matched: true, args: words.slice(1) };
  }

  shape(): Shape {
    return { variables: [], words: this.#patterns.rules(), rest: 'nothing' };
  }
}
