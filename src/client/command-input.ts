import { Writable } from 'node:stream';

/** Bytes of one message at most: input of one command leaves room for others' in between. */
const PIECE = 64 * 1024;

/** Sends a piece of standard input; `end` says that it was the last. */
export type SendInput = (bytes: Uint8Array, end: boolean) => void;

/** Standard input that is fed to a command as it takes it. */
export class CommandInput extends Writable {
  readonly #send: SendInput;
  #credit = 0;
  #chunk: Uint8Array | undefined;
  #written: (() => void) | undefined;

  constructor(send: SendInput) {
    super({ decodeStrings: true, highWaterMark: PIECE });
    this.#send = send;
    // Its reader ended: that is told by the result, and without this it would end the process.
    this.on('error', () => {});
  }

  /** Bytes that may be sent now, in place of what was said before. */
  set credit(bytes: number) {
    this.#credit = bytes;
    this.#flow();
  }

  /** So many more bytes may be sent. */
  grant(bytes: number): void {
    this.#credit += bytes;
    this.#flow();
  }

  override _write(chunk: Uint8Array, _encoding: string, written: () => void): void {
    this.#chunk = chunk;
    this.#written = written;
    this.#flow();
  }

  override _final(ended: () => void): void {
    this.#send(new Uint8Array(), true);
    ended();
  }

  #flow(): void {
    while (this.#chunk !== undefined && this.#credit > 0) {
      const piece = this.#chunk.subarray(0, Math.min(this.#credit, PIECE));
      this.#chunk =
        piece.length < this.#chunk.length ? this.#chunk.subarray(piece.length) : undefined;
      this.#credit -= piece.length;
      this.#send(piece, false);
    }
    if (this.#chunk !== undefined) return;
    const written = this.#written;
    this.#written = undefined;
    written?.();
  }
}
