/** Pieces of fewer bytes are put together: each costs more than it holds. */
const SMALL = 16 * 1024;

/** Bytes of memory that such pieces share. */
const SHARED = 64 * 1024;

/** Output that waits while a client does not read. */
export class HeldOutput {
  #pieces: Buffer[] = [];
  /** The last piece, while small ones are put into it, and how much of it is filled. */
  #shared: Buffer | undefined;
  #filled = 0;

  /** @param bytes kept as they are, unless there are few of them */
  add(bytes: Buffer): void {
    if (bytes.length >= SMALL) {
      this.#endShared();
      this.#pieces.push(bytes);
      return;
    }
    if (this.#shared === undefined || this.#filled + bytes.length > SHARED) this.#endShared();
    this.#shared = this.#withRoom(bytes.length);
    this.#filled += bytes.copy(this.#shared, this.#filled);
  }

  /** All of it, and nothing is held then. */
  take(): Buffer[] {
    this.#endShared();
    const pieces = this.#pieces;
    this.#pieces = [];
    return pieces;
  }

  #endShared(): void {
    if (this.#shared !== undefined) this.#pieces.push(this.#shared.subarray(0, this.#filled));
    this.#shared = undefined;
    this.#filled = 0;
  }

  #withRoom(more: number): Buffer {
    const shared = this.#shared ?? Buffer.alloc(0);
    const needed = this.#filled + more;
    if (needed <= shared.length) return shared;
    const larger = Buffer.allocUnsafeSlow(Math.min(SHARED, Math.max(needed, 2 * shared.length)));
    shared.copy(larger, 0, 0, this.#filled);
    return larger;
  }
}
