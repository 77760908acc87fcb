import type { Readable, Writable } from 'node:stream';
import { FrameError, FrameReader } from '../wire/frames.js';
import { type Memory, SHORT } from './memory.js';
import type { Reservation } from './memory-pool.js';
import { type LongAnswer, Outgoing } from './outgoing.js';
import { Payload } from './payload.js';
import type { Peer } from './peer.js';
import { inTurn, TURN_MS } from './turns.js';

/** Milliseconds in which a peer may notice that nothing more comes. */
const LAST_MOMENT = 200;

/** What is at one end of a connection. */
export interface Session {
  /** One frame. Who takes it frees it. */
  receive(payload: Payload): void;
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
  readonly #outgoing: Outgoing;
  readonly #memory: Memory;
  readonly #shares: Reservation[];
  #session: Session | undefined;
  /** What has been read and not been handed over. */
  #rest: Iterator<Buffer | number> | undefined;
  #held = false;
  /** What was read waits for its turn. */
  #isWaitingForTurn = false;
  /** The end of all input has come: it is behind what has been read and not been handed over. */
  #endsBehindRest = false;
  #draining = false;
  #ending = false;
  #closed = false;
  #lastMoment: NodeJS.Timeout | undefined;
  /** Memory of the long frame that is being received. */
  #incoming: Reservation | undefined;
  /** Stops waiting for it. */
  #stopWaiting: (() => void) | undefined;
  /** To be called when it has been received. */
  #received: () => void = () => {};

  /**
   * @param limit largest frame to take, in bytes
   * @param share of the memory, for a connection that has not authenticated; given back when it closes
   */
  constructor(
    input: Readable,
    output: Writable,
    readonly peer: Peer,
    limit: number,
    memory: Memory,
    share: Reservation,
  ) {
    this.#input = input;
    this.#output = output;
    this.#memory = memory;
    this.#shares = [share];
    this.#reader = new FrameReader(limit);
    this.#outgoing = new Outgoing(output);
    this.#outgoing.onDrain = () => {
      this.onDrain();
      if (!this.#draining) return;
      this.#draining = false;
      this.#waitForTurn(); // a client that reads on would have all its requests taken at once
    };
    input.on('data', (bytes: Buffer) => this.#read(bytes));
    input.on('end', () => {
      if (this.#rest === undefined) this.#inputEnded();
      else this.#endsBehindRest = true;
    });
    input.on('error', () => this.destroy());
    output.on('error', () => this.destroy());
    output.on('close', () => this.destroy());
  }

  /** Called whenever the other side has taken all that was sent. */
  onDrain: () => void = () => {};

  /** Called with what is wrong when frames are; the connection is destroyed then. */
  onBroken: (error: FrameError) => void = () => {};

  /** Called when the other side sends no more, and all that it sent has been handed over. */
  onInputEnd: () => void = () => {};

  /** Called when the connection is ended for memory that it holds and others need. */
  onCut: (why: string) => void = () => {};

  /** Whether something waits to be read by the other side. */
  get isWaiting(): boolean {
    return this.#outgoing.isWaiting;
  }

  /** Bytes that the system has not taken. */
  get unread(): number {
    return this.#outgoing.unread;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Hands what arrives to this session from now on. */
  serve(session: Session, limit = this.#reader.limit): void {
    this.#session = session;
    this.#reader.limit = limit;
  }

  /** Takes the memory for any frames; false when there is none. Without it they have to be short. */
  enlarge(): boolean {
    const share = this.#memory.forConnection();
    if (share !== undefined) this.#shares.push(share);
    return share !== undefined;
  }

  /** Sends a frame of a few kilobytes at most. While many of them wait, nothing is read. */
  send(frame: Uint8Array): void {
    if (this.#closed || this.#ending) return;
    this.#outgoing.send(frame);
    if (!this.#outgoing.isFull || this.#draining) return;
    this.#draining = true;
    this.#flow();
  }

  /**
   * Sends a frame whose memory somebody answers for.
   *
   * @param taken called once: the system has taken it, or never will
   */
  sendHeld(frame: Uint8Array, taken: () => void): void {
    if (this.#closed || this.#ending) taken();
    else this.#outgoing.sendHeld(frame, taken);
  }

  /** Sends one that is long. If nobody reads it while others wait for memory, the connection ends. */
  sendLong(answer: LongAnswer): void {
    if (this.#closed || this.#ending) {
      answer.free();
      return;
    }
    const over = this.#memory.bodies.lend(() => this.#cut('does not read its answer'));
    this.#outgoing.sendLong({
      next: () => answer.next(),
      free: () => {
        over();
        answer.free();
      },
    });
  }

  /** Hands over no more frames until told otherwise. */
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
    this.#forgetIncoming();
    this.#rest = undefined;
    this.#outgoing.end(() => {
      if (this.#input.readableEnded) this.destroy();
      else this.#lastMoment = setTimeout(() => this.destroy(), LAST_MOMENT);
    });
    this.#input.resume();
  }

  destroy(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#lastMoment);
    this.#forgetIncoming();
    this.#rest = undefined;
    this.#input.destroy();
    this.#outgoing.destroy();
    this.#session?.closed();
    for (const share of this.#shares) share.release();
  }

  #cut(why: string): void {
    this.onCut(why);
    this.destroy();
  }

  get #stopped(): boolean {
    const isBusy = this.#held || this.#draining || this.#isWaitingForTurn;
    return isBusy || this.#stopWaiting !== undefined;
  }

  /** What comes while it is stopped waits, one piece of it: only so is the end of all seen. */
  #read(bytes: Buffer): void {
    if (this.#ending || this.#closed) return;
    const steps = this.#reader.steps(bytes, SHORT);
    if (this.#stopped) {
      this.#rest = steps;
      this.#input.pause();
    } else {
      this.#deliver(steps);
    }
  }

  #flow(): void {
    const rest = this.#rest;
    if (this.#stopped) return;
    this.#rest = undefined;
    if (rest !== undefined) this.#deliver(rest);
    if (this.#rest !== undefined) return;
    this.#input.resume();
    if (!this.#endsBehindRest) return;
    this.#endsBehindRest = false;
    this.#inputEnded();
  }

  /**
   * Stops between two frames when told to, and for others to have their turn: one piece of input can
   * hold a thousand requests.
   */
  #deliver(steps: Iterator<Buffer | number>): void {
    const until = performance.now() + TURN_MS;
    try {
      while (!this.#closed && !this.#ending) {
        if (this.#stopped) {
          this.#rest = steps;
          this.#input.pause();
          return;
        }
        const { done, value } = steps.next();
        if (done) return;
        if (typeof value === 'number') this.#expect(value);
        else this.#session?.receive(this.#payload(value));
        if (performance.now() >= until) this.#waitForTurn();
      }
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.onBroken(error);
      this.destroy();
    }
  }

  #waitForTurn(): void {
    if (this.#isWaitingForTurn) return;
    this.#isWaitingForTurn = true;
    inTurn(() => {
      this.#isWaitingForTurn = false;
      if (!this.#closed) this.#flow();
    });
  }

  #inputEnded(): void {
    if (!this.#ending && !this.#closed) this.#session?.inputEnded();
    else if (this.#output.writableFinished) this.destroy();
    this.onInputEnd();
  }

  /** A long frame begins: it is read on when there is memory for all of it. */
  #expect(length: number): void {
    const { bodies } = this.#memory;
    const take = (reservation: Reservation) => {
      this.#stopWaiting = undefined;
      this.#incoming = reservation;
      this.#received = bodies.lend(() => this.#cut('does not send all of its request'));
    };
    const now = bodies.take(length);
    if (now !== undefined) {
      take(now);
      return;
    }
    this.#stopWaiting = bodies.wait(length, (reservation) => {
      take(reservation);
      this.#flow();
    });
  }

  #payload(bytes: Buffer): Payload {
    const memory = this.#incoming;
    this.#incoming = undefined;
    this.#received();
    this.#received = () => {};
    return new Payload(bytes, memory);
  }

  /** A frame that has begun, or would have. */
  #forgetIncoming(): void {
    this.#stopWaiting?.();
    this.#stopWaiting = undefined;
    if (this.#incoming === undefined) return;
    this.#payload(this.#reader.forget()).free();
  }
}
