import {
  Filter,
  type FilterSource,
  type Reach,
  refuse,
  spellings,
  type Verdict,
} from './filter.js';
import { ANYTHING, oneOf, type Shape } from './shape.js';

/** Names that a refusal tells, and characters of each. */
const MAX_TOLD = 10;
const MAX_NAME_TOLD = 100;

/**
 * `EnvFilter, env, user, NAME=..., exec, ...`: the program with exactly these variables set. Their
 * values and the words after the program are not compared.
 *
 * A leading `env` has been taken off before this filter is asked (see FilterIndex).
 */
export class EnvFilter extends Filter {
  readonly reach: Reach;
  readonly #names: ReadonlySet<string>;
  /** Words in the filter after its user: at least as many must be given. */
  readonly #wordCount: number;

  constructor(source: FilterSource, [exec = '', user = '', ...rest]: readonly string[]) {
    const names = leadingNames(rest);
    const program = exec.includes('env') ? (rest[names.size] ?? exec) : exec;
    super(source, program, user);
    this.#names = names;
    this.#wordCount = rest.length;
    this.reach = { by: 'command', words: spellings(program) };
  }

  match(words: readonly string[]): Verdict {
    if (this.#names.size === 0) return refuse('names no variable, so it never matches');
    if (words.length < this.#wordCount) {
      return refuse(`takes at least ${this.#wordCount} words, not ${words.length}`);
    }
    // no more than that is looked at, by any of many filters: a caller may set tens of thousands
    const names = leadingNames(words.slice(0, Math.max(this.#names.size, MAX_TOLD) + 1));
    const position = names.size; // a variable given twice makes this point at a NAME=VALUE word
    const program = words[position] ?? '';
    if (program.includes('=') || !spellings(this.exec).includes(program)) {
      return refuse(`is not ${spellings(this.exec).join(' or ')}`, position);
    }
    if (names.size !== this.#names.size || ![...names].every((name) => this.#names.has(name))) {
      return refuse(`sets ${list(names)} where the filter has ${list(this.#names)}`, 0);
    }
    return {
      matched: true,
      args: words.slice(position + 1),
      environment: assignments(words.slice(0, position)),
    };
  }

  shape(): Shape {
    const trailing = Math.max(0, this.#wordCount - this.#names.size - 1);
    return {
      variables: [...this.#names],
      words: [oneOf(spellings(this.exec)), ...Array.from({ length: trailing }, () => ANYTHING)],
      rest: 'anything',
    };
  }
}

/** The words before the first without `=`: what env(1) takes for variables. */
export function leadingAssignments(words: readonly string[]): number {
  const end = words.findIndex((word) => !word.includes('='));
  return end === -1 ? words.length : end;
}

function leadingNames(words: readonly string[]): Set<string> {
  return new Set(
    words.slice(0, leadingAssignments(words)).map((word) => word.slice(0, word.indexOf('='))),
  );
}

/** As oslo.rootwrap does, an empty value leaves the variable as it was. */
function assignments(words: readonly string[]): Record<string, string> {
  const pairs = words.map((word): [string, string] => {
    const end = word.indexOf('=');
    return [word.slice(0, end), word.slice(end + 1)];
  });
  return Object.fromEntries(pairs.filter(([name, value]) => name !== '' && value !== ''));
}

function list(names: ReadonlySet<string>): string {
  if (names.size === 0) return 'no variable';
  const told = [...names].slice(0, MAX_TOLD).map((name) => name.slice(0, MAX_NAME_TOLD));
  return `${told.join(', ')}${names.size > MAX_TOLD ? ' and more' : ''}`;
}
