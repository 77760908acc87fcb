import { RefusedByRe2 } from '../../policy/pattern/matcher.js';
import { parse } from '../../policy/pattern/parse.js';
import type { StringSchema } from '../../privileged/schema/types.js';
import { attackWords } from '../attacks/attack-words.js';
import { Effort } from '../language/effort.js';
import { Nfa } from '../language/nfa.js';
import { commonWords } from '../language/witness.js';
import { type ReadPattern, readPattern } from './js-pattern.js';

/** Words to look for: the usual ones, and graphs of all of them. */
export interface Wanted {
  readonly samples: readonly string[];
  readonly graphs: () => readonly Nfa[];
}

const UP = '../';
const DEEPEST = 12;

/** Words that lead out of a directory and somewhere else. */
export const CLIMBING: Wanted = {
  samples: [
    '../../etc/shadow',
    ...Array.from({ length: DEEPEST }, (_, depth) => `${UP.repeat(depth + 1)}etc/shadow`),
    'x/../../etc/shadow',
    '../x',
  ],
  graphs: once(() => [graph('(?:(?s:.)*/)?\\.\\./(?s:.)+')]),
};

/** Words that name what decides who is root, or its secrets. */
export const SYSTEM_FILES: Wanted = {
  samples: ['/etc/shadow', '/etc/passwd', '/root/.ssh/authorized_keys'],
  graphs: once(() =>
    attackWords('{victim}').flatMap(({ way, graph }) => (way === 'plain' ? [graph] : [])),
  ),
};

/** Words that lead one level up, and no further. */
export const DOTS: Wanted = {
  samples: ['..'],
  graphs: once(() => [graph('(?:(?s:.)*/)?\\.\\.')]),
};

/** Words that a command takes for options. */
export const OPTIONS: Wanted = {
  samples: ['--help', '-x'],
  graphs: once(() => [graph('-(?s:.)*')]),
};

function graph(pattern: string): Nfa {
  return Nfa.of(parse(pattern));
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

/** The words that a schema of a string lets pass. */
export class StringWords {
  /** Undefined without a pattern, and for one that cannot be read. */
  readonly pattern: ReadPattern | undefined;
  readonly #schema: StringSchema;
  readonly #expression: RegExp | undefined;
  readonly #effort = new Effort();
  readonly #graph: () => Nfa | undefined;

  /** @param schema with a pattern that compiles */
  constructor(schema: StringSchema) {
    this.#schema = schema;
    const { pattern, minLength = 0 } = schema;
    this.#expression = pattern === undefined ? undefined : new RegExp(pattern, 'u');
    this.pattern = pattern === undefined ? undefined : readPattern(pattern);
    this.#graph = once(() => graphOf(this.pattern, minLength));
  }

  /** Whether a search was not carried to its end, so that finding nothing says nothing. */
  get isUnsure(): boolean {
    return (
      this.#effort.gaveUp || (this.#schema.pattern !== undefined && this.pattern === undefined)
    );
  }

  allowsLength(word: string): boolean {
    const { minLength = 0, maxLength = Number.POSITIVE_INFINITY } = this.#schema;
    const length = [...word].length;
    return length >= minLength && length <= maxLength;
  }

  /** Whether it lets the word pass. */
  takes(word: string): boolean {
    if (!this.allowsLength(word)) return false;
    const expression = this.#expression;
    if (expression === undefined) return true;
    if (this.#isRuledOut(word)) return false;
    const task = () => expression.test(word);
    return this.#effort.patterns.run(expression.source, task) === true;
  }

  /** Without the pattern's own engine, which backtracks: what does not match may take it for ever. */
  #isRuledOut(word: string): boolean {
    try {
      return this.pattern?.probe?.matches(word, this.#effort.patterns) === false;
    } catch (error) {
      if (error instanceof RefusedByRe2) return false;
      throw error;
    }
  }

  /** One of the words that the schema lets pass; undefined when none was found. */
  find({ samples, graphs }: Wanted): string | undefined {
    const usual = samples.find((word) => this.takes(word));
    const own = usual === undefined ? this.#graph() : undefined;
    if (own === undefined) return usual;
    for (const wanted of graphs()) {
      for (const word of commonWords(own, wanted, this.#effort)) {
        if (this.takes(word)) return word;
        if (this.#isTooLong(word)) break;
        // the graph takes more than its pattern: others of its words might be right
        this.#effort.giveUp();
      }
    }
    return undefined;
  }

  /** The shortest words come first: all behind it are as long. */
  #isTooLong(word: string): boolean {
    return [...word].length > (this.#schema.maxLength ?? Number.POSITIVE_INFINITY);
  }
}

/** Without a pattern every word; in any case with as many characters as it must have. */
function graphOf(pattern: ReadPattern | undefined, minLength: number): Nfa | undefined {
  if (pattern === undefined) return undefined;
  if (minLength === 0) return Nfa.of(pattern.words);
  const atLeast = parse(`(?=(?s:.){${Math.min(minLength, 1000)}})`);
  return Nfa.of({ type: 'sequence', items: [atLeast, pattern.words] });
}
