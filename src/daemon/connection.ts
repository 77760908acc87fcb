import type { Readable, Writable } from 'node:stream';
import { FrameError, FrameReader } from '../wire/frames.js';
import type { Peer } from './peer.js';

/** Bytes waiting to be read by the other side, from which on nothing more is read from it. */
const MOST_UNREAD = 1024 * 1024;

/** What is at one end of a connection. */
export interface Session {
  /** One frame's payload, which may share memory with others: copy what is kept. */
  receive(payload: Buffer): void;
  /** The other side sends no more. */
  inputEnded(): void;
  /** Nothing can be sent any more. Called once, last. */
  closed(): void;
}

/** Frames in both directions over a pair of streams, or over one that is both. */
export class Connection {
  readonly #input: Readable;
  readonly #output: Writable;
  readonly #reader: FrameReader;
  #session: Session | undefined;
  /** What has been read and not been handed over. */
  #rest: Iterator<Buffer> | undefined;
  #held = false;
  #draining = false;
  #ending = false;
  #closed = false;

  constructor(
    input: Readable,
    output: Writable,
    readonly peer: Peer,
    /** Largest frame to take, in bytes. */
    limit: number,
  ) {
    this.#input = input;
    this.#output = output;
    this.#reader = new FrameReader(limit);
    input.on('data', (bytes: Buffer) => this.#deliver(this.#reader.read(bytes)));
    input.on('end', () => {
      if (!this.#ending) this.#session?.inputEnded();
    });
    input.on('error', () => this.destroy());
    output.on('error', () => this.destroy());
    output.on('close', () => this.destroy());
    output.on('drain', () => {
      this.#draining = false;
      this.#flow();
    });
  }

  /** Called with what is wrong when frames are; the connection is destroyed then. */
  onBroken: (error: FrameError) => void = () => {};

  get closed(): boolean {
    return this.#closed;
  }

  /** Hands what arrives to this session from now on. */
  serve(session: Session, limit = this.#reader.limit): void {
    this.#session = session;
    this.#reader.limit = limit;
  }

  send(frame: Buffer): void {
    if (this.#closed || this.#ending) return;
    this.#output.write(frame);
    if (this.#output.writableLength > MOST_UNREAD && !this.#draining) {
      this.#draining = true;
      this.#flow();
    }
  }

  /** Stops reading until told otherwise. */
  hold(held: boolean): void {
    this.#held = held;
    this.#flow();
  }

  /** Closes when all that was sent has been taken. */
  end(): void {
    if (this.#closed || this.#ending) return;
    this.#ending = true;
    this.#output.end(() => this.destroy());
    this.#input.resume(); // a client's bytes that nobody reads would turn the end into a reset
  }

  destroy(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#input.destroy();
    this.#output.destroy();
    this.#session?.closed();
  }

  get #stopped(): boolean {
    return (this.#held || this.#draining) && !this.#ending;
  }

  #flow(): void {
    const rest = this.#rest;
    this.#rest = undefined;
    if (rest !== undefined) this.#deliver(rest);
    if (this.#stopped) this.#input.pause();
    else this.#input.resume();
  }

  /** Stops between two frames when told to: one piece of input can hold a thousand requests. */
  #deliver(frames: Iterator<Buffer>): void {
    try {
      while (!this.#closed && !this.#ending) {
        if (this.#stopped) {
          this.#rest = frames;
          return;
        }
        const { done, value } = frames.next();
        if (done) return;
        this.#session?.receive(value);
      }
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.onBroken(error);
      this.destroy();
    }
  }
}
