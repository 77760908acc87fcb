import { posix } from '../../posix/addon.js';

/** Milliseconds that the event loop has to say itself that a function is overdue. */
const SLACK = 1000;

/**
 * The times at which calls must have ended, kept in a thread in C: it ends the process, too, when a
 * function blocks the event loop and with it all timers.
 */
export class Deadlines {
  /** By performance.now(). */
  readonly #ends = new Map<number, number>();
  #earliest = Number.POSITIVE_INFINITY;

  /** @param longest milliseconds from now; a call that has an earlier deadline keeps it */
  set(id: number, longest: number): void {
    const end = Math.min(performance.now() + longest + SLACK, this.#ends.get(id) ?? Infinity);
    this.#ends.set(id, end);
    if (end < this.#earliest) this.#await(end);
  }

  delete(id: number): void {
    const end = this.#ends.get(id);
    if (end === undefined) return;
    this.#ends.delete(id);
    if (end === this.#earliest) this.#await(Math.min(...this.#ends.values()));
  }

  #await(end: number): void {
    this.#earliest = end;
    posix.deadline(end === Infinity ? null : Math.max(1, Math.ceil(end - performance.now())));
  }
}
