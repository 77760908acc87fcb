import { PatternBudget } from '../../policy/pattern/pattern.js';

/** Steps of the searches for one filter. */
const FILTER_STEPS = 300_000;
/** Steps of the searches for all filters of a policy. */
const POLICY_STEPS = 20_000_000;
/** Milliseconds for trying words on the patterns of one filter. */
const MILLISECONDS = 500;
/** Filters of a policy that may use up their time; those after them get none. */
const MOST_SLOW = 5;

/**
 * How far the searches for one filter may go. Counted in steps, so that the answer is the same on
 * every machine; trying a word on a pattern cannot be counted, and is timed.
 */
export class Effort {
  /** For the words that are tried. */
  readonly patterns: PatternBudget;
  #left: number;
  #spent = 0;
  #gaveUp = false;

  constructor(steps = FILTER_STEPS, milliseconds = MILLISECONDS) {
    this.#left = steps;
    this.patterns = new PatternBudget(milliseconds);
  }

  /** Steps so far. */
  get spent(): number {
    return this.#spent;
  }

  /** Whether a search ended before its end: that it found nothing says nothing. */
  get gaveUp(): boolean {
    return this.#gaveUp || this.patterns.timedOut;
  }

  giveUp(): void {
    this.#gaveUp = true;
  }

  /** Whether there was as much left; if not, the search has to give up. */
  spend(steps: number): boolean {
    this.#spent += steps;
    this.#left -= steps;
    if (this.#left < 0) this.#gaveUp = true;
    return this.#left >= 0;
  }
}

/** What is left for the filters of a policy, one after the other. */
export class PolicyEffort {
  #left = POLICY_STEPS;
  #slow = 0;

  /** Runs the searches for one filter, and counts what they cost. */
  forFilter<T>(search: (effort: Effort) => T): T {
    const effort = new Effort(
      Math.min(FILTER_STEPS, this.#left),
      this.#slow < MOST_SLOW ? MILLISECONDS : 0,
    );
    const answer = search(effort);
    this.#left -= effort.spent;
    if (effort.patterns.timedOut) this.#slow++;
    return answer;
  }
}
