import { type Language, WordSet } from './word-set.js';

/** What a filter takes at each position of a command of one length; undefined takes nothing there. */
export type Box = readonly (Language | 'any' | undefined)[];

type Sets = readonly WordSet[];

/** Searches for one filter: beyond that its answer would keep everybody waiting. */
const MOST_STEPS = 150;

/** Sets that are remembered. */
const MOST_KNOWN = 50_000;

/**
 * Finds commands in boxes. A box is a product of languages; what is in one and in none of some
 * others is found by cutting them off one by one, along each position.
 */
export class BoxSearch {
  readonly #known = new Map<string, string | undefined>();

  /**
   * Commands in the box and in none of the others: one for each way to be outside.
   *
   * @param inside another box in which they must be
   */
  *outside(box: Box, others: readonly Box[], inside: Box = box): Generator<string[], void> {
    const sets = setsOf(box, inside);
    if (sets === undefined) return;
    yield* this.#cut(sets, others, { left: MOST_STEPS });
  }

  *#cut(sets: Sets, others: readonly Box[], steps: { left: number }): Generator<string[], void> {
    const [other, ...rest] = others;
    if (other === undefined) {
      const words = this.#wordsOf(sets);
      if (words !== undefined) yield words;
      return;
    }
    if (other.includes(undefined)) {
      yield* this.#cut(sets, rest, steps);
      return;
    }
    const before: WordSet[] = [];
    for (const [index, set] of sets.entries()) {
      if (steps.left-- <= 0) return;
      const language = other[index] ?? 'any';
      const outside = set.except(language);
      if (outside !== undefined && this.#find(outside) !== undefined) {
        yield* this.#cut([...before, outside, ...sets.slice(index + 1)], rest, steps);
      }
      const inside = set.and(language);
      if (this.#find(inside) === undefined) return; // nothing of the other is in here
      before.push(inside);
    }
  }

  #wordsOf(sets: Sets): string[] | undefined {
    const words: string[] = [];
    for (const set of sets) {
      const word = this.#find(set);
      if (word === undefined) return undefined;
      words.push(word);
    }
    return words;
  }

  #find(set: WordSet): string | undefined {
    const { key } = set;
    if (this.#known.has(key)) return this.#known.get(key);
    if (this.#known.size >= MOST_KNOWN) this.#known.clear();
    const word = set.find();
    this.#known.set(key, word);
    return word;
  }
}

function setsOf(...boxes: readonly Box[]): Sets | undefined {
  const [first = []] = boxes;
  const sets: WordSet[] = [];
  for (const index of first.keys()) {
    let set = WordSet.ALL;
    for (const box of boxes) {
      const language = box[index];
      if (language === undefined) return undefined;
      set = set.and(language);
    }
    sets.push(set);
  }
  return sets;
}
