import { Filter, type FilterSource, type Reach, refuse, type Verdict } from './filter.js';
import { oneOf, type Shape } from './shape.js';

/** `ReadFileFilter, path`: exactly `cat PATH`, as root. */
export class ReadFileFilter extends Filter {
  readonly reach: Reach = { by: 'first', words: ['cat'] };
  readonly #path: string;

  constructor(source: FilterSource, [path = '']: readonly string[]) {
    super(source, '/bin/cat', 'root');
    this.#path = path;
  }

  match(words: readonly string[]): Verdict {
    if (words[0] !== 'cat') return refuse('is not cat', 0);
    if (words.length !== 2) return refuse(`takes 2 words, not ${words.length}`);
    if (words[1] !== this.#path) return refuse(`is not ${this.#path}`, 1);
    return { matched: true, args: [this.#path] };
  }

  shape(): Shape {
    return { variables: [], words: [oneOf(['cat']), oneOf([this.#path])], rest: 'nothing' };
  }
}
