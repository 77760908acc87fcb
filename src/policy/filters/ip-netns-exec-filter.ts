import { isNetnsName } from '../ip-danger.js';
import type { Steps } from '../steps.js';
import { ChainingFilter, chained, innerDecision, refuseBehind } from './chaining-filter.js';
import {
  type FilterSource,
  type MatchContext,
  type Reach,
  refuse,
  type Verdict,
} from './filter.js';
import { EXEC_WORDS, NETNS_WORDS } from './ip-filter.js';
import { ANYTHING, oneOf, type Shape } from './shape.js';

/** `IpNetnsExecFilter, ip, root`: `ip netns exec NAME COMMAND...` for a COMMAND allowed by itself. */
export class IpNetnsExecFilter extends ChainingFilter {
  override readonly reach: Reach = { by: 'first', words: ['ip'] };

  constructor(source: FilterSource, definition: readonly string[]) {
    super(source, definition);
  }

  override match(words: readonly string[], context: MatchContext): Verdict | Steps<Verdict> {
    const [ip, netns = '', exec = '', name = '', ...command] = words;
    if (this.user !== 'root') return refuse('is not for root, so it never matches');
    if (ip !== 'ip') return refuse('is not ip', 0);
    if (!NETNS_WORDS.includes(netns)) return refuse('is not netns', 1);
    if (!EXEC_WORDS.includes(exec)) return refuse('is not exec', 2);
    if (!isNetnsName(name)) return refuse('is not the name of a network namespace', 3);
    if (command.length === 0) return refuse('has no command');
    return this.#ask([netns, exec, name], command, context);
  }

  *#ask(
    prefix: readonly string[],
    command: readonly string[],
    context: MatchContext,
  ): Steps<Verdict> {
    const inner = yield* innerDecision(command, this.user, context);
    return inner.matched ? chained(prefix, inner) : refuseBehind(inner, 4);
  }

  override shape(): Shape {
    const words = [oneOf(['ip']), oneOf(NETNS_WORDS), oneOf(EXEC_WORDS), ANYTHING];
    return { variables: [], words, rest: 'command' };
  }
}
