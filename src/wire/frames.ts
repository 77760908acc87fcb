/** What frames do to a connection that breaks their rules: nothing after it can be understood. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
}

const LENGTH_BYTES = 8;

/** A frame that is not there yet gets this much memory at first, however long it says it will be. */
const FIRST_PIECE = 64 * 1024;

/**
 * Takes a stream of bytes apart: each frame is its payload's length in eight bytes, big-endian, and
 * the payload, as Python's oslo_rootwrap.jsonrpc sends them.
 */
export class FrameReader {
  /** Bytes; a longer payload is refused as soon as its length is known. May change between frames. */
  limit: number;
  #length: number | undefined;
  #partial = Buffer.alloc(0);
  #filled = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Whether a frame has begun and not ended. */
  get midFrame(): boolean {
    return this.#length !== undefined || this.#filled > 0;
  }

  /**
   * The payloads that these bytes complete. They may share memory with `bytes`.
   *
   * @throws FrameError when a frame is longer than the limit
   */
  read(bytes: Buffer): Generator<Buffer> {
    return this.steps(bytes, Number.POSITIVE_INFINITY) as Generator<Buffer>;
  }

  /**
   * The same for a reader that has to find memory for long payloads: where one of more than `long`
   * bytes begins, its length comes first, and when more is asked for it gets memory of its own.
   */
  *steps(bytes: Buffer, long: number): Generator<Buffer | number> {
    let at = 0;
    while (at < bytes.length || this.#length === 0) {
      const wanted = this.#length ?? LENGTH_BYTES;
      const there = bytes.length - at;
      if (this.#filled === 0 && there >= wanted && wanted <= long) {
        const whole = bytes.subarray(at, at + wanted);
        at += wanted;
        if (this.#take(whole)) yield whole;
        else if (this.#isLong(long)) yield this.#length as number;
      } else {
        const count = Math.min(wanted - this.#filled, there);
        this.#keep(bytes.subarray(at, at + count), wanted, wanted > long);
        at += count;
        if (this.#filled < wanted) return;
        const whole = this.#partial.subarray(0, wanted);
        this.#partial = Buffer.alloc(0);
        this.#filled = 0;
        if (this.#take(whole)) yield whole;
        else if (this.#isLong(long)) yield this.#length as number;
      }
    }
  }

  /** Forgets the frame that has begun, and its memory. */
  forget(): Buffer {
    const partial = this.#partial;
    this.#partial = Buffer.alloc(0);
    this.#filled = 0;
    this.#length = undefined;
    return partial;
  }

  #isLong(long: number): boolean {
    return this.#length !== undefined && this.#length > long;
  }

  /** True when these bytes were a payload, false when they were the length of one. */
  #take(whole: Buffer): boolean {
    if (this.#length !== undefined) {
      this.#length = undefined;
      return true;
    }
    const length = whole.readBigUInt64BE();
    if (length > this.limit) {
      throw new FrameError(`a frame of ${length} bytes; at most ${this.limit} are taken`);
    }
    this.#length = Number(length);
    return false;
  }

  /** Grows by doubling: a frame sent a byte at a time costs no more memory than another. */
  #keep(bytes: Buffer, wanted: number, whole: boolean): void {
    const needed = this.#filled + bytes.length;
    if (needed > this.#partial.length) {
      const more = Math.min(wanted, Math.max(needed, FIRST_PIECE, 2 * this.#partial.length));
      const size = whole ? wanted : more;
      const larger = Buffer.allocUnsafeSlow(size);
      this.#partial.copy(larger, 0, 0, this.#filled);
      this.#partial = larger;
    }
    bytes.copy(this.#partial, this.#filled);
    this.#filled = needed;
  }
}

/** One frame around a payload given in parts: a text, in UTF-8, and bytes behind it. */
export function frame(text: string, ...parts: readonly Uint8Array[]): Buffer {
  const textLength = Buffer.byteLength(text);
  const length = parts.reduce((sum, part) => sum + part.length, textLength);
  const bytes = Buffer.allocUnsafe(LENGTH_BYTES + length);
  writeLength(bytes, length);
  bytes.write(text, LENGTH_BYTES);
  let at = LENGTH_BYTES + textLength;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** The beginning of a frame: its length, and a text, behind which so many bytes more will be sent. */
export function frameHead(text: string, more: number): Buffer {
  const textLength = Buffer.byteLength(text);
  const bytes = Buffer.allocUnsafe(LENGTH_BYTES + textLength);
  writeLength(bytes, textLength + more);
  bytes.write(text, LENGTH_BYTES);
  return bytes;
}

function writeLength(bytes: Buffer, length: number): void {
  bytes.writeUInt32BE(Math.floor(length / 2 ** 32), 0);
  bytes.writeUInt32BE(length >>> 0, 4);
}
