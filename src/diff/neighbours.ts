import { sampleWord } from '../check/attacks/fit.js';
import { baseName, type Filter, spellings } from '../policy/filters/filter.js';

/** Filters of one side that are looked at for one of the other: the next ones tell the most. */
const MOST = 24;

/** Finds the filters of a policy that might take the same commands as a given one. */
export class Neighbours {
  readonly #places: ReadonlyMap<Filter, number>;
  readonly #byWord = new Map<string, Filter[]>();
  readonly #byProgram = new Map<string, Filter[]>();
  /** Those whose first word is a pattern. */
  readonly #loose: Filter[] = [];

  constructor(filters: readonly Filter[]) {
    this.#places = new Map(filters.map((filter, place) => [filter, place]));
    for (const filter of filters) {
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
    const near = new Set([
      ...[...names].flatMap((name) => this.#byWord.get(name) ?? []),
      ...(this.#byProgram.get(baseName(filter.exec)) ?? []),
      ...this.#loose.slice(0, MOST),
    ]);
    return likeFirst(filter, [...near]).slice(0, MOST);
  }

  /** Those that are asked before a filter of the same policy. */
  inFrontOf(filter: Filter): readonly Filter[] {
    const place = this.#places.get(filter) ?? 0;
    return this.of(filter).filter((other) => (this.#places.get(other) ?? 0) < place);
  }

  /** The filters for a program, in the same order. */
  ofProgram(filter: Filter): readonly Filter[] {
    return likeFirst(filter, this.#byProgram.get(baseName(filter.exec)) ?? []);
  }
}

function likeFirst(filter: Filter, others: readonly Filter[]): Filter[] {
  const isLike = ({ source }: Filter) => source.name === filter.source.name;
  return [...others.filter(isLike), ...others.filter((other) => !isLike(other))];
}

function add(map: Map<string, Filter[]>, key: string, filter: Filter): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [filter]);
  else known.push(filter);
}
