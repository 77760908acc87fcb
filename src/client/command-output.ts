import { Readable } from 'node:stream';
import { ByteBlocks } from './byte-blocks.js';
import { OUTPUT_WINDOW } from './limits.js';
import type { OutputMode } from './options.js';

/** Bytes that were read before the daemon is told so. */
const GRANT = OUTPUT_WINDOW / 4;

/** One output that somebody reads. */
class PipedOutput extends Readable {
  readonly #consumed: (bytes: number) => void;
  #held = new ByteBlocks();
  #ended = false;
  #wanted = false;

  constructor(consumed: (bytes: number) => void) {
    super();
    this.#consumed = consumed;
    // Who reads is told; for who does not, the result has it.
    this.on('error', () => {});
  }

  accept(bytes: Buffer): void {
    if (this.destroyed) this.#consumed(bytes.length);
    else if (this.#wanted) this.#give(bytes);
    else this.#held.append(bytes);
  }

  /** Whether the reader has left bytes unread. */
  get isHeldUp(): boolean {
    return !this.destroyed && (this.#held.length > 0 || this.readableLength > 0);
  }

  finish(): void {
    this.#ended = true;
    if (this.#wanted || this.#held.length === 0) this._read();
  }

  override _read(): void {
    this.#wanted = true;
    while (this.#wanted) {
      const bytes = this.#held.shift();
      if (bytes === undefined) break;
      this.#give(bytes);
    }
    if (this.#ended && this.#held.length === 0) {
      this.#ended = false;
      this.push(null);
    }
  }

  #give(bytes: Buffer): void {
    this.#wanted = this.push(bytes);
    this.#consumed(bytes.length);
  }

  /** Who stops reading does not stop the command: the rest is dropped. */
  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const { length } = this.#held;
    this.#held = new ByteBlocks();
    this.#consumed(length);
    done(error);
  }
}

/** Both outputs of a command that streams, and the window that they share. */
export class CommandOutput {
  readonly streams: { readonly stdout?: Readable; readonly stderr?: Readable };
  readonly #piped: { stdout?: PipedOutput; stderr?: PipedOutput } = {};
  readonly #collected: { stdout?: ByteBlocks; stderr?: ByteBlocks } = {};
  readonly #grant: (bytes: number) => void;
  #window = OUTPUT_WINDOW;
  #consumed = 0;
  #ended = false;
  #collectedBytes = 0;
  /** Bytes of collected output, after which the rest is dropped and `onOverflow` called once. */
  mostCollected = Infinity;
  onOverflow: () => void = () => {};

  constructor(
    modes: Readonly<Record<'stdout' | 'stderr', OutputMode>>,
    grant: (n: number) => void,
  ) {
    this.#grant = grant;
    for (const name of ['stdout', 'stderr'] as const) {
      if (modes[name] === 'pipe') this.#piped[name] = new PipedOutput((n) => this.#taken(n));
      if (modes[name] === 'collect') this.#collected[name] = new ByteBlocks();
    }
    this.streams = this.#piped;
  }

  /** Whether more is due that can't come, since what came before is not read. */
  get isHeldUp(): boolean {
    const { stdout, stderr } = this.#piped;
    return (stdout?.isHeldUp ?? false) || (stderr?.isHeldUp ?? false);
  }

  /** @returns false when this is more than was granted */
  take(name: 'stdout' | 'stderr', bytes: Buffer): boolean {
    this.#window -= bytes.length;
    if (this.#window < 0) return false;
    if (bytes.length > 0) this.deliver(name, bytes);
    return true;
  }

  /** The same for output that no window is for. */
  deliver(name: 'stdout' | 'stderr', bytes: Buffer): void {
    const piped = this.#piped[name];
    if (piped) {
      piped.accept(bytes);
      return;
    }
    this.#taken(bytes.length);
    const collected = this.#collected[name];
    if (!collected) return;
    const room = Math.max(0, this.mostCollected - this.#collectedBytes);
    this.#collectedBytes += bytes.length;
    collected.append(bytes.subarray(0, room));
    if (bytes.length > room) this.#overflow();
  }

  /** What was collected; undefined when it was not to be. */
  collected(name: 'stdout' | 'stderr'): Buffer | undefined {
    return this.#collected[name]?.toBuffer();
  }

  /** The command has ended. What it wrote can be read on. */
  finish(): void {
    this.#ended = true;
    this.#piped.stdout?.finish();
    this.#piped.stderr?.finish();
  }

  /** What was read may not be all: the readers are told. */
  destroy(error: Error): void {
    this.#ended = true;
    this.#piped.stdout?.destroy(error);
    this.#piped.stderr?.destroy(error);
  }

  #overflow(): void {
    const tell = this.onOverflow;
    this.onOverflow = () => {};
    tell();
  }

  #taken(bytes: number): void {
    this.#consumed += bytes;
    if (this.#consumed < GRANT || this.#ended) return;
    this.#window += this.#consumed;
    this.#grant(this.#consumed);
    this.#consumed = 0;
  }
}
