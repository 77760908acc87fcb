import type { Readable, Writable } from 'node:stream';
import { FrameError, FrameReader } from '../wire/frames.js';
import type { Peer } from './peer.js';

/** Bytes waiting to be read by the other side, from which on nothing more is read from it. */
export const MOST_UNREAD = 1024 * 1024;

/** Milliseconds in which a peer may notice that nothing more comes. */
const LAST_MOMENT = 200;

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
  #lastMoment: NodeJS.Timeout | undefined;

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
      else if (output.writableFinished) this.destroy();
    });
    input.on('error', () => this.destroy());
    output.on('error', () => this.destroy());
    output.on('close', () => this.destroy());
    output.on('drain', () => {
      this.#draining = false;
      this.onDrain();
      this.#flow();
    });
  }

  /** Called when the other side has taken all that was sent, after a time in which it had not. */
  onDrain: () => void = () => {};

  /** Called with what is wrong when frames are; the connection is destroyed then. */
  onBroken: (error: FrameError) => void = () => {};

  /** Bytes that were sent and that the system has not taken. */
  get unread(): number {
    return this.#output.writableLength;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Hands what arrives to this session from now on. */
  serve(session: Session, limit = this.#reader.limit): void {
    this.#session = session;
    this.#reader.limit = limit;
  }

  /** @param taken called when the system has taken the frame, unless the connection ends before */
  send(frame: Buffer, taken?: () => void): void {
    if (this.#closed || this.#ending) return;
    if (taken === undefined) this.#output.write(frame);
    else this.#output.write(frame, (error) => error ?? taken());
    if (this.unread > MOST_UNREAD && !this.#draining) {
      this.#draining = true;
      this.#flow();
    }
  }

  /** Stops reading until told otherwise. */
  hold(held: boolean): void {
    this.#held = held;
    this.#flow();
  }

  /**
   * Closes when all that was sent has been taken, and a moment later. A peer that sends something
   * to a closed connection fails at that, and may not get to read what was sent last.
   */
  end(): void {
    if (this.#closed || this.#ending) return;
    this.#ending = true;
    this.#output.end(() => {
      if (this.#input.readableEnded) this.destroy();
      else this.#lastMoment = setTimeout(() => this.destroy(), LAST_MOMENT);
    });
    this.#input.resume();
  }

  destroy(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#lastMoment);
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
