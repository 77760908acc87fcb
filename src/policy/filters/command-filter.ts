import {
  Filter,
  type FilterSource,
  misnamed,
  type Reach,
  spellings,
  type Verdict,
} from './filter.js';
import { oneOf, type Shape } from './shape.js';

/** `CommandFilter, exec, user`: the program by its path or base name, with any arguments. */
export class CommandFilter extends Filter {
  readonly reach: Reach;

  constructor(source: FilterSource, [exec = '', user = '']: readonly string[]) {
    super(source, exec, user);
    this.reach = { by: 'first', words: spellings(exec) };
  }

  match(words: readonly string[]): Verdict {
    const otherProgram = misnamed(words[0], this.exec);
    if (otherProgram !== undefined) return otherProgram;
    return { matched: true, args: words.slice(1) };
  }

  shape(): Shape {
    return { variables: [], words: [oneOf(spellings(this.exec))], rest: 'anything' };
  }
}
