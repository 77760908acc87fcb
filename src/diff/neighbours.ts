import { sampleWord } from '../check/attacks/fit.js';
import { baseName, type Filter, spellings } from '../policy/filters/filter.js';

/** Filters of one side that are looked at for one of the other: the next ones tell the most. */
const MOST = 24;

/** Finds the filters of a policy that might take the same commands as a given one. */
export class Neighbours {
  readonly #places: ReadonlyMap<Filter, number>;
  readonly #byWord = new Map<string, Filter[]>();
  readonly #byLine = new Map<string, Filter[]>();
  readonly #byProgram = new Map<string, Filter[]>();
  /** Those whose first word is a pattern. */
  readonly #loose: Filter[] = [];

  constructor(filters: readonly Filter[]) {
    this.#places = new Map(filters.map((filter, place) => [filter, place]));
    for (const filter of filters) {
      add(this.#byLine, lineOf(filter), filter);
      add(this.#byProgram, baseName(filter.exec), filter);
      const { reach } = filter;
      if (reach.by === 'any' || reach.by === 'count') this.#loose.push(filter);
      else for (const word of reach.words) add(this.#byWord, word, filter);
    }
  }

  /** Those of the same name first: they are what the line was, or became. */
  of(filter: Filter): readonly Filter[] {
    const names = new Set(spellings(filter.exec));
    const { reach } = filter;
    if (reach.by === 'first' || reach.by === 'command') {
      for (const word of reach.words) names.add(word);
    }
    const [rule] = filter.shape().words;
    const sample = rule && sampleWord(rule);
    if (sample !== undefined) names.add(sample);
    const program = baseName(filter.exec);
    const near = new Set([
      ...(this.#byLine.get(lineOf(filter)) ?? []),
      ...[...names].flatMap((name) => (this.#byWord.get(name) ?? []).slice(0, MOST)),
      ...(this.#byProgram.get(program) ?? []).slice(0, MOST),
      ...this.#loose.slice(0, MOST),
    ]);
    return [...near].slice(0, MOST);
  }

  /** Those that are asked before a filter of the same policy. */
  inFrontOf(filter: Filter): readonly Filter[] {
    const place = this.#places.get(filter) ?? 0;
    return this.of(filter).filter((other) => (this.#places.get(other) ?? 0) < place);
  }

  /** The filters for a program, in the same order. */
  ofProgram(filter: Filter): readonly Filter[] {
    const like = this.#byLine.get(lineOf(filter)) ?? [];
    return [...new Set([...like, ...(this.#byProgram.get(baseName(filter.exec)) ?? [])])];
  }
}

/** Program and name: what stays when a line is rewritten. */
export function lineOf({ source, exec }: Filter): string {
  return JSON.stringify([source.name, baseName(exec)]);
}

function add(map: Map<string, Filter[]>, key: string, filter: Filter): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [filter]);
  else known.push(filter);
}
