import { Writable } from 'node:stream';
import { MAX_INPUT_CREDIT } from './limits.js';

/** Bytes of one message at most: input of one command leaves room for others' in between. */
const PIECE = 64 * 1024;

export interface InputEvents {
  /** A piece to send; `end` says that it was the last. */
  send(bytes: Uint8Array, end: boolean): void;
  /** It was destroyed before its end: what the command got is not all. */
  cut(error: Error): void;
}

/** Standard input that is fed to a command as it takes it. */
export class CommandInput extends Writable {
  readonly #events: InputEvents;
  #credit = 0;
  #chunk: Uint8Array | undefined;
  #written: ((error?: Error) => void) | undefined;

  constructor(events: InputEvents) {
    super({ decodeStrings: true, highWaterMark: PIECE });
    this.#events = events;
    // Its reader ended: that is told by the result, and without this it would end the process.
    this.on('error', () => {});
  }

  /** Bytes that may be sent now, in place of what was said before. */
  set credit(bytes: number) {
    this.#credit = Math.min(bytes, MAX_INPUT_CREDIT);
    this.#flow();
  }

  /** So many more bytes may be sent, up to this client's own limit. */
  grant(bytes: number): void {
    this.credit = this.#credit + bytes;
  }

  override _write(chunk: Uint8Array, _encoding: string, written: (error?: Error) => void): void {
    this.#chunk = chunk;
    this.#written = written;
    this.#flow();
  }

  override _final(ended: () => void): void {
    this.#events.send(new Uint8Array(), true);
    ended();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#chunk = undefined;
    if (!this.writableFinished) {
      const cut = error ?? new Error('it was destroyed before its end');
      this.#events.cut(cut);
      this.#confirm(cut);
    }
    done(error);
  }

  #flow(): void {
    while (this.#chunk !== undefined && this.#credit > 0) {
      const piece = this.#chunk.subarray(0, Math.min(this.#credit, PIECE));
      this.#chunk =
        piece.length < this.#chunk.length ? this.#chunk.subarray(piece.length) : undefined;
      this.#credit -= piece.length;
      this.#events.send(piece, false);
    }
    if (this.#chunk === undefined) this.#confirm();
  }

  #confirm(error?: Error): void {
    const written = this.#written;
    this.#written = undefined;
    written?.(error);
  }
}
