import { LONGEST_TIMEOUT } from './arguments.js';
import { MAX_ANSWER_DELAY_MS } from './limits.js';

/** The time by which a daemon has to answer for a command that had to be ended, whatever it does. */
export class AnswerDeadline {
  readonly #missed: () => void;
  /** Whether the caller itself holds the answer back, by output that it does not read. */
  readonly #isHeldUp: () => boolean;
  #timer: NodeJS.Timeout | undefined;

  constructor(missed: () => void, isHeldUp: () => boolean) {
    this.#missed = missed;
    this.#isHeldUp = isHeldUp;
  }

  /** @param milliseconds until the command has to have ended; the daemon then has time to say so */
  set(milliseconds: number): void {
    clearTimeout(this.#timer);
    const delay = Math.min(milliseconds + MAX_ANSWER_DELAY_MS, LONGEST_TIMEOUT);
    this.#timer = setTimeout(() => {
      if (this.#isHeldUp()) this.set(0);
      else this.#missed();
    }, delay).unref();
  }

  clear(): void {
    clearTimeout(this.#timer);
  }
}
