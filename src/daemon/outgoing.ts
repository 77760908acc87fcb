import type { Writable } from 'node:stream';
import { MAX_UNREAD } from './memory.js';

/** What a frame costs while it waits, beside its bytes. */
const FRAME_COST = 512;

/** Something that is sent piece by piece, the next only when the last one has been taken. */
export interface LongAnswer {
  /** Undefined behind the last. */
  next(): Uint8Array | undefined;
  /** Nothing of it is needed any more, whether it was sent or not. Called once. */
  free(): void;
}

interface Frame {
  readonly bytes: Uint8Array;
  readonly taken: () => void;
}

/** What is on its way to the other side of a connection, in order. */
export class Outgoing {
  readonly #output: Writable;
  readonly #waiting: (Frame | LongAnswer)[] = [];
  #current: LongAnswer | undefined;
  /** Whether a piece of it has been handed to the system and not been taken. */
  #writing = false;
  /** Bytes of memory. */
  #cost = 0;
  #onEnd: (() => void) | undefined;
  #closed = false;

  constructor(output: Writable) {
    this.#output = output;
  }

  /** Called when all that was sent has been taken. */
  onDrain: () => void = () => {};

  /** Whether what `send` was given takes as much memory as it may. */
  get isFull(): boolean {
    return this.#cost > MAX_UNREAD;
  }

  /** Whether something waits to be read by the other side. */
  get isWaiting(): boolean {
    return this.#current !== undefined || this.unread > 0;
  }

  /** Bytes that wait for that in the stream. */
  get unread(): number {
    return this.#output.writableLength;
  }

  /** Sends a short frame, which waits in memory of the connection's. */
  send(bytes: Uint8Array): void {
    const cost = bytes.length + FRAME_COST;
    this.#cost += cost;
    this.sendHeld(bytes, () => {
      this.#cost -= cost;
    });
  }

  /** Sends a frame in memory that somebody holds until it has been taken, or never will be. */
  sendHeld(bytes: Uint8Array, taken: () => void): void {
    if (this.#closed) taken();
    else if (this.#current === undefined) this.#write(bytes, taken);
    else this.#waiting.push({ bytes, taken });
  }

  sendLong(answer: LongAnswer): void {
    if (this.#closed) answer.free();
    else if (this.#current !== undefined) this.#waiting.push(answer);
    else {
      this.#current = answer;
      this.#continue();
    }
  }

  /** Ends the output behind all that was sent. */
  end(ended: () => void): void {
    this.#onEnd = ended;
    if (this.#current === undefined) this.#output.end(ended);
  }

  /** Sends nothing more. */
  destroy(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#output.destroy();
    for (const waiting of this.#waiting) {
      if ('taken' in waiting) waiting.taken();
      else waiting.free();
    }
    this.#waiting.length = 0;
    if (!this.#writing) this.#freeCurrent();
  }

  #write(bytes: Uint8Array, taken: () => void): void {
    this.#output.write(bytes, () => {
      taken();
      if (!this.#closed) this.#drained();
    });
  }

  #freeCurrent(): void {
    const current = this.#current;
    this.#current = undefined;
    current?.free();
  }

  #continue(): void {
    const piece = this.#current?.next();
    if (piece !== undefined) {
      this.#writing = true;
      this.#output.write(piece, () => {
        this.#writing = false;
        if (this.#closed) this.#freeCurrent();
        else setImmediate(() => this.#closed || this.#continue()); // others have their turn
      });
      return;
    }
    this.#freeCurrent();
    this.#goOn();
  }

  /** What has waited behind an answer. */
  #goOn(): void {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      if ('taken' in next) {
        this.#write(next.bytes, next.taken);
        continue;
      }
      this.#current = next;
      this.#continue();
      return;
    }
    if (this.#onEnd !== undefined) this.#output.end(this.#onEnd);
    this.#drained();
  }

  #drained(): void {
    if (!this.isWaiting) this.onDrain();
  }
}
