/** Random choices that a seed repeats. TSROOTWRAP_SEED replaces the seed given. */
export class SeededRandom {
  readonly seed: number;
  #state: number;

  constructor(seed: number) {
    this.seed = Number(process.env.TSROOTWRAP_SEED ?? seed) >>> 0;
    this.#state = this.seed;
  }

  /** A whole number from 0 to `limit` - 1. */
  below(limit: number): number {
    // mulberry32: a counter through a 32-bit mixing function
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  }

  chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T;
  }

  /** From 0 to `most` picks, joined. */
  join(choices: readonly string[], most: number): string {
    let text = '';
    for (let left = this.below(most + 1); left > 0; left--) text += this.pick(choices);
    return text;
  }
}
