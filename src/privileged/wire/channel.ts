import type { Readable, Writable } from 'node:stream';
import { decode, MessageError } from '../../wire/encoding.js';
import { FrameError, FrameReader } from '../../wire/frames.js';
import { encode } from './encode.js';
import { DEFAULT_LIMITS, larger, type MessageLimits } from './message-limits.js';
import type { FromHelper, ToHelper } from './messages.js';

/** Bytes waiting to be read by the other side, from which on `send` says so. */
export const MOST_UNREAD = 1024 * 1024;

/** Milliseconds in which a side that reads no more may say its last words. */
const LAST_WORDS = 1000;

const CUT_OFF = 'the channel was cut off';
const NOT_READ = 'the other side reads no more';

const LINE_END = 0x0a;

/** What is at one end of a channel. */
export interface Listener<Incoming> {
  /** @param bytes what is behind the message; it shares memory with others: copy what is kept */
  message(message: Incoming, bytes: Uint8Array): void;
  /**
   * Nothing comes any more, and nothing can be sent. Called once, last.
   *
   * @param error why, unless the other side or this one has just ended
   */
  closed(error?: Error): void;
  /** The other side has read what it had not when `send` returned false. */
  drained?(): void;
}

/**
 * Messages in both directions over a pair of streams, or over one that is both. A message is a frame:
 * JSON and, where there are bytes, a line end and these. The other side is not trusted to keep any
 * rule: whatever breaks one closes the channel.
 */
export class Channel<
  Incoming extends ToHelper | FromHelper,
  Outgoing extends ToHelper | FromHelper,
> {
  readonly #input: Readable;
  readonly #output: Writable;
  readonly #listener: Listener<Incoming>;
  readonly #isMessage: (value: unknown) => value is Incoming;
  /** Of results; all other messages have the default ones. */
  readonly #resultLimits: MessageLimits;
  /** Of whatever comes. */
  readonly #limits: MessageLimits;
  readonly #reader: FrameReader;
  /** What has been read and not been taken apart; more than one when somebody else lets it flow. */
  readonly #chunks: Buffer[] = [];
  /** Of the chunk that is being taken apart. */
  #frames: Iterator<Buffer> | undefined;
  #delivering = false;
  #paused = false;
  #inputEnded = false;
  #outputEnded = false;
  #unread = false;
  #closed = false;
  #lastWords: NodeJS.Timeout | undefined;

  /**
   * @param isMessage whether what was received is a message to this side
   * @param resultLimits what a result may have, be it sent or received
   */
  constructor(
    input: Readable,
    output: Writable,
    listener: Listener<Incoming>,
    isMessage: (value: unknown) => value is Incoming,
    resultLimits: MessageLimits = DEFAULT_LIMITS,
  ) {
    this.#input = input;
    this.#output = output;
    this.#listener = listener;
    this.#isMessage = isMessage;
    this.#resultLimits = resultLimits;
    this.#limits = larger(DEFAULT_LIMITS, resultLimits);
    this.#reader = new FrameReader(this.#limits.text + 1 + this.#limits.bytes);
    input.on('data', (bytes: Buffer) => {
      this.#chunks.push(bytes);
      this.#deliver();
    });
    input.on('end', () => {
      this.#inputEnded = true;
      this.#deliver();
    });
    input.on('error', (error) => this.#close(error));
    input.on('close', () => {
      if (!this.#inputEnded) this.#close(new Error(CUT_OFF));
    });
    output.on('error', (error) => this.#outputFailed(error));
    output.on('close', () => {
      if (!this.#outputEnded) this.#outputFailed(new Error(NOT_READ));
    });
    output.on('drain', () => {
      if (!this.#unread || this.#closed) return;
      this.#unread = false;
      this.#listener.drained?.();
    });
    // a stream that is over already says nothing about it
    if (input.destroyed) setImmediate(() => this.#close(new Error(CUT_OFF)));
    else if (output.destroyed) setImmediate(() => this.#outputFailed(new Error(NOT_READ)));
  }

  get closed(): boolean {
    return this.#closed;
  }

  /**
   * Sends a message; on a channel that is closed or ended it does nothing. The system gets all of one
   * turn of the event loop together, but `fatal`, and all before it, before this returns.
   *
   * @param bytes what belongs to the message's `bytes`
   * @returns false when the other side does not read: better send nothing more until `drained`
   * @throws {DataError} the message is larger than the other side takes, or a result that would make too
   * many that wait; nothing was sent
   */
  send(message: Outgoing, bytes: readonly Uint8Array[] = []): boolean {
    if (this.#closed || this.#outputEnded) return true;
    const whole = encode(message, bytes, this.#limitsOf(message), this.#output.writableLength);
    this.#cork();
    this.#output.write(whole);
    if (message.type === 'fatal') this.#output.uncork(); // the process may end at once
    // until `drained`, which somebody may be waiting for
    this.#unread ||= this.#output.writableLength > MOST_UNREAD;
    return !this.#unread;
  }

  /** Delivers nothing from now on, not even of what is here already. */
  pause(): void {
    this.#paused = true;
    this.#input.pause();
  }

  /** Delivers what has waited, before it returns. */
  resume(): void {
    if (this.#closed || !this.#paused) return;
    this.#paused = false;
    this.#deliver();
    if (!this.#paused && !this.#closed) this.#input.resume();
  }

  /** Sends nothing more. What was sent arrives; what the other side sends still comes. */
  end(): void {
    if (this.#closed || this.#outputEnded) return;
    this.#outputEnded = true;
    this.#output.end();
  }

  /** Ends both directions at once. */
  destroy(): void {
    this.#close();
  }

  #limitsOf({ type }: Incoming | Outgoing): MessageLimits {
    return type === 'result' ? this.#resultLimits : DEFAULT_LIMITS;
  }

  #cork(): void {
    if (this.#output.writableCorked > 0) return;
    this.#output.cork();
    process.nextTick(() => this.#output.uncork());
  }

  /** Stops between two messages when told to. */
  #deliver(): void {
    if (this.#delivering) return;
    this.#delivering = true;
    try {
      while (!this.#closed && !this.#paused) {
        const payload = this.#nextPayload();
        if (payload === undefined) break;
        this.#receive(payload);
      }
    } catch (error) {
      this.#close(error as Error);
      // the listener's own errors are nobody's to swallow
      if (!(error instanceof FrameError || error instanceof MessageError)) throw error;
    } finally {
      this.#delivering = false;
    }
    if (this.#paused) this.#input.pause();
    else if (this.#inputEnded) this.#ended();
  }

  #nextPayload(): Buffer | undefined {
    for (;;) {
      if (this.#frames === undefined) {
        const chunk = this.#chunks.shift();
        if (chunk === undefined) return undefined;
        this.#frames = this.#reader.read(chunk);
      }
      const { done, value } = this.#frames.next();
      if (done !== true) return value;
      this.#frames = undefined;
    }
  }

  #receive(payload: Buffer): void {
    const most = this.#limits.text;
    const end = payload.subarray(0, most + 1).indexOf(LINE_END);
    const length = end === -1 ? payload.length : end;
    if (length > most) throw new MessageError(`more than ${most} bytes of JSON`);
    const { value, bytes } = decode(payload);
    if (!this.#isMessage(value)) {
      throw new MessageError('not a message of this version; both sides have to be of one');
    }
    const limits = this.#limitsOf(value);
    if (length > limits.text) throw new MessageError(`more than ${limits.text} bytes of JSON`);
    if (bytes.length > limits.bytes || (bytes.length > 0 && !('bytes' in value))) {
      throw new MessageError('more bytes than belong to a message');
    }
    this.#listener.message(value, bytes);
  }

  #ended(): void {
    if (this.#closed) return;
    this.#close(
      this.#reader.midFrame ? new FrameError('the channel ended within a message') : undefined,
    );
  }

  /** Somebody who has just ended reads no more, and what it said before that is still to come. */
  #outputFailed(error: Error): void {
    if (this.#closed || this.#lastWords !== undefined) return;
    this.#outputEnded = true;
    this.#lastWords = setTimeout(() => this.#close(error), LAST_WORDS);
  }

  #close(error?: Error): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#lastWords);
    this.#input.destroy();
    this.#output.destroy();
    if (error === undefined) this.#listener.closed();
    else this.#listener.closed(error);
  }
}
