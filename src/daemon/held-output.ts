import { MAX_AHEAD } from './memory.js';

/** Output that waits while a client does not read: pieces become one, for each costs more than it holds. */
export class HeldOutput {
  #bytes = Buffer.alloc(0);
  #length = 0;

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  add(bytes: Uint8Array): void {
    const length = this.#length + bytes.length;
    if (length > this.#bytes.length) {
      const doubled = Math.min(2 * this.#bytes.length, MAX_AHEAD);
      const larger = Buffer.allocUnsafeSlow(Math.max(length, doubled));
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    this.#bytes.set(bytes, this.#length);
    this.#length = length;
  }

  /** All of it, and nothing is held then. */
  take(): Buffer {
    const bytes = this.#bytes.subarray(0, this.#length);
    this.#bytes = Buffer.alloc(0);
    this.#length = 0;
    return bytes;
  }
}
