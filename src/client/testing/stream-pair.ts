import { Duplex } from 'node:stream';

/** One end of a connection in memory: what is written here is read at the other. */
class StreamEnd extends Duplex {
  other: StreamEnd | undefined;
  /** Calls back the writer at the other end, which waits until this one is read. */
  #taken: (() => void) | undefined;
  #keepsAlive: NodeJS.Timeout | undefined;

  constructor() {
    super({ allowHalfOpen: true, emitClose: true });
    this.on('error', () => {}); // a reset, as a socket has it; the other end sees the end of it
  }

  /** Keeps the process alive, as a socket would. */
  ref(): this {
    if (!this.destroyed) this.#keepsAlive ??= setInterval(() => {}, 2 ** 31 - 1);
    return this;
  }

  unref(): this {
    clearInterval(this.#keepsAlive);
    this.#keepsAlive = undefined;
    return this;
  }

  override _read(): void {
    const taken = this.#taken;
    this.#taken = undefined;
    taken?.();
  }

  override _write(bytes: Buffer, _encoding: string, written: (error?: Error) => void): void {
    const { other } = this;
    if (!other || other.destroyed) written(new Error('the other end is gone'));
    else other.#accept(bytes, written);
  }

  override _final(ended: () => void): void {
    this.other?.push(null);
    ended();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.unref();
    this.#taken?.();
    const { other } = this;
    // In a moment, as from a socket.
    if (other && !other.destroyed) setImmediate(() => other.destroy());
    done(error);
  }

  #accept(bytes: Buffer, written: () => void): void {
    if (this.push(bytes)) setImmediate(written);
    else this.#taken = written;
  }
}

/** Both ends of a connection in memory. */
export function streamPair(): readonly [Duplex, Duplex] {
  const ends = [new StreamEnd(), new StreamEnd()] as const;
  ends[0].other = ends[1];
  ends[1].other = ends[0];
  return ends;
}
