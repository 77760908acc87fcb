import { posix } from '../posix/addon.js';
import type { CommandMemory } from './memory.js';
import type { LongAnswer } from './outgoing.js';

/** Bytes of an output that have a block of memory of their own for sure. */
const OWN_MEMORY = 64 * 1024;

/** Answers with much output, which go out as they are. */
export class OutputAnswer implements LongAnswer {
  readonly #pieces: Iterator<Uint8Array>;
  readonly #outputs: readonly Buffer[];
  readonly #memory: CommandMemory;

  /**
   * @param pieces what is sent, one after the other
   * @param outputs what of it is freed
   * @param memory the command's, from which these were taken
   */
  constructor(pieces: Iterable<Uint8Array>, outputs: readonly Buffer[], memory: CommandMemory) {
    this.#pieces = pieces[Symbol.iterator]();
    this.#outputs = outputs;
    this.#memory = memory;
  }

  next(): Uint8Array | undefined {
    for (;;) {
      const { done, value } = this.#pieces.next();
      if (done) return undefined;
      if (value.length > 0) return value;
    }
  }

  free(): void {
    for (const output of this.#outputs) if (output.length >= OWN_MEMORY) posix.free(output);
    this.#memory.release();
  }
}
