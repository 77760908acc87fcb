import {
  Filter,
  type FilterSource,
  type Reach,
  refuse,
  spellings,
  type Verdict,
} from './filter.js';

/** `CommandFilter, exec, user`: the program by its path or base name, with any arguments. */
export class CommandFilter extends Filter {
  readonly reach: Reach;

  constructor(source: FilterSource, [exec = '', user = '']: readonly string[]) {
    super(source, exec, user);
    this.reach = { by: 'first', words: spellings(exec) };
  }

  match(words: readonly string[]): Verdict {
    if (!spellings(this.exec).includes(words[0] ?? '')) {
      return refuse(`is not ${spellings(this.exec).join(' or ')}`, 0);
    }
    return { matched: true, args: words.slice(1) };
  }
}
