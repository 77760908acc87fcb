import { MessageError } from '../wire/encoding.js';
import { MAX_REQUESTS } from './limits.js';
import type { Answer, Request } from './request.js';

/** How long (ms) a daemon that has declined a request is not asked for more. */
const TIME_BUSY = 1000;

/** Kinds of messages that are the last about a command. */
const ENDINGS: ReadonlySet<string> = new Set(['exit', 'refused', 'failed']);

/** The requests that one daemon was sent, by their ids, and what it may still say of each. */
export class SentRequests {
  /** Not answered; each is a call that waits. */
  readonly #pending = new Map<number, Request>();
  /** Not answered, and given up. An answer that comes all the same is dropped. */
  readonly #abandoned = new Set<number>();
  #lastId = 0;
  /** The daemon has said something of this one, so it will not say that it was not run. */
  #lastTakenOn = 0;
  #hasAnswered = false;
  /** Requests at once, by the daemon's word, and fewer than that after it declined one. */
  #mostRoom = 0;
  #room = 0;
  #declinedAt = 0;
  #longest = 0;
  #isLongestStale = false;

  get size(): number {
    return this.#pending.size;
  }

  get lastId(): number {
    return this.#lastId;
  }

  /** Whether the daemon has answered any. */
  get hasAnswered(): boolean {
    return this.#hasAnswered;
  }

  /** Whether one more may be sent. */
  get hasRoom(): boolean {
    return this.#pending.size < this.#room;
  }

  /** Bytes of output that the longest answer may have. */
  get longestAnswer(): number {
    if (this.#isLongestStale) {
      this.#isLongestStale = false;
      this.#longest = 0;
      for (const request of this.#pending.values()) this.#count(request);
    }
    return this.#longest;
  }

  /** @param most requests at once */
  open(most: number): void {
    this.#mostRoom = Math.min(most, MAX_REQUESTS);
    this.#room = this.#mostRoom;
  }

  nextId(): number {
    return ++this.#lastId;
  }

  add(id: number, request: Request): void {
    this.#pending.set(id, request);
    this.#count(request);
  }

  /** No call waits for this one any more. @returns false when none did */
  abandon(id: number): boolean {
    if (!this.#delete(id)) return false;
    this.#abandoned.add(id);
    return true;
  }

  /**
   * What the daemon says of one.
   *
   * @returns the request, if it declines to run it now
   * @throws MessageError when it can't say that
   */
  answer(message: Answer, bytes: Buffer): Request | undefined {
    const { id } = message;
    const request = this.#pending.get(id);
    if (!request) {
      if (!this.#abandoned.has(id)) {
        throw new MessageError(`${message.type} about ${id}, which does not run`);
      }
      if (ENDINGS.has(message.type)) this.#abandoned.delete(id);
      return undefined;
    }
    const isBusy = message.type === 'failed' && message.code === 'busy';
    if (isBusy && this.#pending.size > 1 && !request.isTakenOn) {
      // Its limit was lowered, or other clients use it up: what this one has in flight is enough.
      this.#delete(id);
      this.#room = this.#pending.size;
      this.#declinedAt = performance.now();
      return request;
    }
    this.#lastTakenOn = Math.max(this.#lastTakenOn, id);
    if (!request.receive(message, bytes)) return undefined;
    this.#delete(id);
    this.#hasAnswered = true;
    if (this.#room < this.#mostRoom && performance.now() - this.#declinedAt > TIME_BUSY) {
      this.#room++;
    }
    return undefined;
  }

  /** @throws MessageError when the daemon can't take leave with this one as its last */
  checkGoodbye(last: number): void {
    if (last > this.#lastId) throw new MessageError(`goodbye after ${last}, which was never sent`);
    if (last < this.#lastTakenOn) {
      throw new MessageError(`goodbye after ${last}, though ${this.#lastTakenOn} was taken on`);
    }
  }

  /** Takes out all that come behind this one. */
  takeAfter(last: number): Request[] {
    const taken = [...this.#pending].filter(([id]) => id > last);
    for (const [id] of taken) this.#delete(id);
    return taken.map(([, request]) => request);
  }

  /** Takes out all, with their ids. */
  takeAll(): [number, Request][] {
    const taken = [...this.#pending];
    this.#pending.clear();
    this.#longest = 0;
    return taken;
  }

  #count({ maxAnswerBytes }: Request): void {
    this.#longest = Math.max(this.#longest, maxAnswerBytes);
  }

  #delete(id: number): boolean {
    this.#isLongestStale = true;
    return this.#pending.delete(id);
  }
}
