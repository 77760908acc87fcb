import { EnvFilter, leadingAssignments } from './filters/env-filter.js';
import type { Filter } from './filters/filter.js';

/** A filter that may match, with the words as it is to see them. */
export interface Candidate {
  readonly filter: Filter;
  readonly words: readonly string[];
}

/**
 * Filters in their order, found by what they could match: the time to decide does not grow with
 * filters for other commands.
 */
export class FilterIndex {
  readonly #positions = new Map<Filter, number>();
  readonly #byFirst = new Map<string, Filter[]>();
  readonly #byCommand = new Map<string, Filter[]>();
  readonly #byCount = new Map<number, Filter[]>();
  readonly #any: Filter[] = [];
  /** Positions of the first and the second EnvFilter. */
  readonly #firstEnv: number;
  readonly #secondEnv: number;

  constructor(filters: readonly Filter[]) {
    for (const [position, filter] of filters.entries()) {
      this.#positions.set(filter, position);
      const { reach } = filter;
      if (reach.by === 'any') this.#any.push(filter);
      else if (reach.by === 'count') add(this.#byCount, reach.count, filter);
      else {
        const map = reach.by === 'first' ? this.#byFirst : this.#byCommand;
        for (const word of reach.words) add(map, word, filter);
      }
    }
    const envs = filters.filter((filter) => filter instanceof EnvFilter);
    [this.#firstEnv, this.#secondEnv] = [envs[0], envs[1]].map(
      (filter) => (filter && this.#positions.get(filter)) ?? filters.length,
    ) as [number, number];
  }

  /**
   * The filters that may match these words, in order. As in oslo.rootwrap, the first EnvFilter
   * takes a leading `env` off the words for itself and for all filters after it. There the second
   * would take off a second `env`; here nothing from that filter on matches.
   */
  candidates(words: readonly string[]): Candidate[] {
    if (words[0] !== 'env') return this.#find(words, 0, Number.POSITIVE_INFINITY);
    return [
      ...this.#find(words, 0, this.#firstEnv),
      ...this.#find(
        words.slice(1),
        this.#firstEnv,
        words[1] === 'env' ? this.#secondEnv : Number.POSITIVE_INFINITY,
      ),
    ];
  }

  #find(words: readonly string[], from: number, to: number): Candidate[] {
    const [first] = words;
    if (first === undefined) return [];
    const command = words[leadingAssignments(words)];
    return [
      ...(this.#byFirst.get(first) ?? []),
      ...(this.#byCount.get(words.length) ?? []),
      ...((command !== undefined && this.#byCommand.get(command)) || []),
      ...this.#any,
    ]
      .map((filter) => ({ filter, position: this.#positions.get(filter) ?? 0 }))
      .filter(({ position }) => position >= from && position < to)
      .sort((a, b) => a.position - b.position)
      .map(({ filter }) => ({ filter, words }));
  }
}

function add<Key>(map: Map<Key, Filter[]>, key: Key, filter: Filter): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [filter]);
  else known.push(filter);
}
