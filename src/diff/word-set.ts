import { graphOf } from '../check/attacks/attack-words.js';
import { Nfa } from '../check/language/nfa.js';
import { commonWords } from '../check/language/witness.js';
import type { WordRule } from '../policy/filters/shape.js';
import { parse } from '../policy/pattern/parse.js';
import { PatternBudget } from '../policy/pattern/pattern.js';
import type { Node } from '../policy/pattern/syntax.js';
import type { SupposedProcesses } from './supposed-filters.js';

/** The words that a rule takes. */
export interface Language {
  /** Equal for equal rules. */
  readonly key: string;
  readonly pattern: Node;
  readonly takes: (word: string) => boolean;
  /** All of its words, where they are few; the usual one last. */
  readonly words?: readonly string[];
}

/** What a reader takes for a word, before anything else. */
const READABLE = ['[a-z0-9/._:=@%+-]+', '(?s:.)*'];

/** Milliseconds for trying words on one pattern. */
const MILLISECONDS = 50;

/** Longer lists of words are cut: no reader compares more. */
const MOST_WORDS = 200;

/** @returns undefined for a rule that takes nothing, or nothing that can be told; `any` for all */
export function languageOf(
  rule: WordRule,
  processes: SupposedProcesses,
): Language | 'any' | undefined {
  switch (rule.takes) {
    case 'anything':
      return 'any';
    case 'words':
      return wordsLanguage(rule.words);
    case 'process':
      return wordsLanguage(processes.wordsFor(rule.program));
    case 'path':
      return pathLanguage(rule.directory);
    case 'pattern': {
      const { pattern } = rule;
      if (pattern.problem !== undefined) return undefined;
      return {
        key: `pattern ${pattern.source}`,
        pattern: parse(pattern.source),
        takes: (word) => pattern.matches(word, new PatternBudget(MILLISECONDS)),
      };
    }
  }
}

export function wordsLanguage(all: readonly string[]): Language | undefined {
  const words = all.slice(0, MOST_WORDS);
  if (words.length === 0) return undefined;
  return {
    key: `words ${JSON.stringify(words)}`,
    pattern: { type: 'either', branches: words.map(literal) },
    takes: (word) => words.includes(word),
    words,
  };
}

function literal(text: string): Node {
  const items = [...text].map((character): Node => {
    const point = character.codePointAt(0) ?? 0;
    return { type: 'set', set: [point, point] };
  });
  return { type: 'sequence', items };
}

const BELOW = parse('(?:/[^/.][^/]*)*');

/** By their text, without `..` and doubled slashes. */
function pathLanguage(directory: string): Language {
  const base = directory.replace(/\/+$/, '');
  const below: Node = { type: 'sequence', items: [literal(base), BELOW] };
  return {
    key: `path ${directory}`,
    pattern: base === '' ? { type: 'either', branches: [literal('/'), below] } : below,
    takes: (word) => word === directory || word.startsWith(`${base}/`),
  };
}

/** Words that some languages take, and others do not. */
export class WordSet {
  static readonly ALL = new WordSet([], []);

  private constructor(
    readonly within: readonly Language[],
    readonly without: readonly Language[],
  ) {}

  and(language: Language | 'any'): WordSet {
    if (language === 'any' || this.within.some(({ key }) => key === language.key)) return this;
    return new WordSet([...this.within, language], this.without);
  }

  /** @returns undefined when nothing is left for sure */
  except(language: Language | 'any'): WordSet | undefined {
    if (language === 'any' || this.within.some(({ key }) => key === language.key)) return undefined;
    if (this.without.some(({ key }) => key === language.key)) return this;
    return new WordSet(this.within, [...this.without, language]);
  }

  get key(): string {
    return JSON.stringify([this.within.map(({ key }) => key), this.without.map(({ key }) => key)]);
  }

  /** A short word of the set; undefined when none was found. */
  find(): string | undefined {
    if (this.within.length === 0 && !this.without.some(({ takes }) => takes('x'))) return 'x';
    const [listed] = this.within.flatMap(({ words }) => (words === undefined ? [] : [words]));
    if (listed !== undefined) return listed.findLast((word) => this.#has(word));
    for (const items of this.#patterns()) {
      const graph = Nfa.of({ type: 'sequence', items });
      for (const kind of READABLE) {
        for (const word of commonWords(graph, graphOf(kind))) {
          if (this.#has(word)) return word;
        }
      }
    }
    return undefined;
  }

  #has(word: string): boolean {
    return (
      this.within.every(({ takes }) => takes(word)) &&
      !this.without.some(({ takes }) => takes(word))
    );
  }

  /**
   * One pattern for all: look-ahead says what else must hold for the whole word. A graph cannot keep
   * out what has look-ahead itself; there the words are tried at which that look-ahead fails.
   */
  *#patterns(): Generator<readonly Node[], void> {
    const [first, ...rest] = this.within;
    const inside = [
      ...rest.map(({ pattern }) => look(pattern, false)),
      first?.pattern ?? parse('(?s:.)*'),
    ];
    yield [...this.without.map(({ pattern }) => look(pattern, true)), ...inside];
    for (const { pattern } of this.without) {
      for (const one of leadingLooks(pattern))
        yield [{ ...one, negative: !one.negative }, ...inside];
    }
  }
}

type Look = Extract<Node, { readonly type: 'look' }>;

function leadingLooks(pattern: Node): readonly Look[] {
  if (pattern.type === 'look') return [pattern];
  if (pattern.type !== 'sequence') return [];
  const end = pattern.items.findIndex(({ type }) => type !== 'look' && type !== 'at');
  const leading = end === -1 ? pattern.items : pattern.items.slice(0, end);
  return leading.filter((item) => item.type === 'look');
}

function look(pattern: Node, negative: boolean): Node {
  const body: Node = { type: 'sequence', items: [pattern, { type: 'at', place: 'end' }] };
  return { type: 'look', ahead: true, negative, body };
}
