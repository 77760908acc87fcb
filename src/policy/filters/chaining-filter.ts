import type { Steps } from '../steps.js';
import {
  Filter,
  type FilterSource,
  type InnerDecision,
  type InnerMatch,
  type Match,
  type MatchContext,
  type Reach,
  type Refusal,
  refuse,
  spellings,
  type Verdict,
} from './filter.js';
import { oneOf, type Shape } from './shape.js';

/** `ChainingFilter, exec, user`: accepted in a file, matches nothing. */
export class ChainingFilter extends Filter {
  override readonly chaining = true;
  readonly reach: Reach;

  constructor(source: FilterSource, [exec = '', user = '']: readonly string[]) {
    super(source, exec, user);
    this.reach = { by: 'first', words: spellings(exec) };
  }

  match(_words: readonly string[], _context: MatchContext): Verdict | Steps<Verdict> {
    return refuse('is a ChainingFilter, which never matches');
  }

  shape(): Shape {
    return { variables: [], words: [oneOf(spellings(this.exec))], rest: 'command' };
  }
}

/** What the context decides about the command behind a prefix. */
export function* innerDecision(
  words: readonly string[],
  user: string,
  context: MatchContext,
): Steps<InnerDecision> {
  const decision = context.decideInner(words, user);
  return 'matched' in decision ? decision : yield* decision;
}

/** The refusal of a prefix for what stands behind it, whose first word is this one. */
export function refuseBehind(inner: Refusal, word: number): Refusal {
  return { ...inner, reason: `has a command that ${inner.reason}`, word };
}

/** The words of a prefix in front of a command that another filter allowed: that filter's words. */
export function chained(prefix: readonly string[], inner: InnerMatch): Match {
  return {
    matched: true,
    args: [...prefix, ...inner.argv],
    environment: inner.environment,
    exchangeable: inner.exchangeable.map((pin) => ({ ...pin, index: pin.index + prefix.length })),
  };
}
