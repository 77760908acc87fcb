import { ipDanger } from '../ip-danger.js';
import { Filter, type FilterSource, type Reach, refuse, type Verdict } from './filter.js';
import { oneOf, type Shape } from './shape.js';

/** Spellings of `netns` and `exec` that ip accepts. */
export const NETNS_WORDS: readonly string[] = ['net', 'netn', 'netns'];
export const EXEC_WORDS: readonly string[] = ['e', 'ex', 'exe', 'exec'];

/** `IpFilter, ip, user`: ip(8), but nothing through which it runs a program, loads one or opens a path. */
export class IpFilter extends Filter {
  readonly reach: Reach = { by: 'first', words: ['ip'] };

  constructor(source: FilterSource, [exec = '', user = '']: readonly string[]) {
    super(source, exec, user);
  }

  match(words: readonly string[]): Verdict {
    if (words[0] !== 'ip') return refuse('is not ip', 0);
    const args = words.slice(1);
    const danger = ipDanger(args) ?? netnsExecAnywhere(args);
    return danger === undefined ? { matched: true, args } : refuse(danger);
  }

  shape(): Shape {
    return { variables: [], words: [oneOf(['ip'])], rest: 'anything' };
  }
}

/** oslo.rootwrap's own rule: the first netns word that has a successor must not precede exec. */
function netnsExecAnywhere(args: readonly string[]): string | undefined {
  const position = args.slice(0, -1).findIndex((word) => NETNS_WORDS.includes(word));
  const next = args[position + 1];
  if (position === -1 || next === undefined || !EXEC_WORDS.includes(next)) return undefined;
  return `${args[position]} ${next} may run a program (netns exec)`;
}
