/** Bytes of the smallest and the largest block. */
const MIN_BLOCK = 1024;
const MAX_BLOCK = 64 * 1024;

/**
 * Bytes in order, copied into blocks: output that comes a byte at a time costs no more memory than
 * its bytes, and keeps nothing alive that arrived with it.
 */
export class ByteBlocks {
  #blocks: Buffer[] = [];
  /** The last of them, and how much of it is filled. */
  #tail = Buffer.alloc(0);
  #filled = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  append(bytes: Uint8Array): void {
    this.#length += bytes.length;
    for (let rest = bytes; rest.length > 0; ) {
      if (this.#filled === this.#tail.length) this.#grow(rest.length);
      const piece = rest.subarray(0, this.#tail.length - this.#filled);
      this.#tail.set(piece, this.#filled);
      this.#filled += piece.length;
      rest = rest.subarray(piece.length);
    }
  }

  /** Takes the first bytes out; undefined when there are none. */
  shift(): Buffer | undefined {
    const first = this.#blocks.shift();
    if (first === undefined) return undefined;
    const bytes = first === this.#tail ? first.subarray(0, this.#filled) : first;
    if (first === this.#tail) {
      this.#tail = Buffer.alloc(0);
      this.#filled = 0;
    }
    this.#length -= bytes.length;
    return bytes;
  }

  /** All of them in one piece. They stay. */
  toBuffer(): Buffer {
    return Buffer.concat(this.#blocks, this.#length);
  }

  #grow(wanted: number): void {
    const size = Math.min(MAX_BLOCK, Math.max(MIN_BLOCK, wanted, 2 * this.#tail.length));
    this.#tail = Buffer.allocUnsafeSlow(size);
    this.#filled = 0;
    this.#blocks.push(this.#tail);
  }
}
