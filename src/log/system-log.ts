import { isPosixError, posix } from '../posix/addon.js';
import { lostMessages } from './standard-error.js';

/** How long (ms) a process that does one thing waits for the receiver, in all. */
const MAX_WAIT_MS = 1000;
/** How long (ms) one that serves others waits for it, where it must not go on without. */
const MAX_SERVING_WAIT_MS = 40;
/** How long (ms) it does not wait again when that was in vain. */
const NO_WAIT_MS = 1000;
/** How long (ms) until the receiver is asked again whether it has room. */
const RETRY_MS = 20;
/** How long (ms) the end of a process that serves others waits for what it has kept. */
const LAST_WAIT_MS = 500;
/** Characters of messages that are kept for a receiver that has no room. */
const MAX_KEPT = 1024 * 1024;

const LOG_WARNING = 4;

/** One message, with its place in syslog.h's numbers. */
export interface SystemMessage {
  readonly ident: string;
  readonly facility: number;
  readonly priority: number;
  readonly text: string;
}

/**
 * The way to /dev/log, whose receiver may take nothing. A process that does one thing waits for it a
 * second. One that serves others waits for nothing: it keeps messages, in their order, until there is
 * room again. What it cannot keep is counted, and the count is told when there is room.
 */
export class SystemLog {
  readonly #isServing: boolean;
  #kept: SystemMessage[] = [];
  #size = 0;
  #lost = 0;
  #failedAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  /** @param isServing whether the process serves others */
  constructor(isServing: boolean) {
    this.#isServing = isServing;
  }

  /** Called with the reason when messages begin to be lost. */
  onLoss: (why: string) => void = () => {};

  /** Sends a message, or keeps it. */
  send(message: SystemMessage): void {
    const why = this.#isServing ? this.#sendKept(0) : undefined;
    const problem = why ?? this.#try(message, this.#isServing ? 0 : this.#patience(MAX_WAIT_MS));
    if (problem === undefined) return;
    if (this.#isServing && this.#size + message.text.length <= MAX_KEPT) this.#keep(message);
    else this.#lose(message, problem);
  }

  /** Sends a message now. @returns why that could not be, and then it is not sent later either */
  sendNow(message: SystemMessage): string | undefined {
    const patience = this.#patience(this.#isServing ? MAX_SERVING_WAIT_MS : MAX_WAIT_MS);
    const end = performance.now() + patience;
    const why = this.#sendKept(patience);
    return why ?? this.#try(message, Math.max(0, Math.floor(end - performance.now())));
  }

  /** The end of the process: what was kept gets half a second. @returns how many messages are lost */
  close(): number {
    clearTimeout(this.#timer);
    this.#sendKept(LAST_WAIT_MS);
    return this.#lost + this.#kept.length;
  }

  #patience(usual: number): number {
    return performance.now() - this.#failedAt < NO_WAIT_MS ? 0 : usual;
  }

  #keep(message: SystemMessage): void {
    this.#kept.push(message);
    this.#size += message.text.length;
    this.#retryLater();
  }

  #lose(message: SystemMessage, why: string): void {
    this.#lost++;
    if (this.#lost > 1) return;
    this.#lossOf = message;
    this.onLoss(why);
  }

  /** Gives the place of the message that tells the count. */
  #lossOf: SystemMessage | undefined;

  #retryLater(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      if (this.#sendKept(0) !== undefined) this.#retryLater();
    }, RETRY_MS).unref();
  }

  /** @returns why some are left, undefined when none are */
  #sendKept(patience: number): string | undefined {
    if (this.#kept.length === 0 && this.#lost === 0) return undefined;
    const end = performance.now() + patience;
    const left = () => Math.max(0, Math.floor(end - performance.now()));
    for (const [index, message] of this.#kept.entries()) {
      const why = this.#try(message, left());
      if (why !== undefined) {
        this.#kept = this.#kept.slice(index);
        return why;
      }
      this.#size -= message.text.length;
    }
    this.#kept = [];
    return this.#tellLoss(left());
  }

  #tellLoss(patience: number): string | undefined {
    if (this.#lost === 0 || this.#lossOf === undefined) return undefined;
    const text = `${lostMessages(this.#lost)} here: /dev/log took nothing`;
    const why = this.#try({ ...this.#lossOf, priority: LOG_WARNING, text }, patience);
    if (why === undefined) this.#lost = 0;
    return why;
  }

  /** @returns why it was not sent: errno's name */
  #try({ ident, facility, priority, text }: SystemMessage, patience: number): string | undefined {
    try {
      posix.syslog(ident, facility, priority, text, patience);
      return undefined;
    } catch (error) {
      if (!isPosixError(error)) throw error;
      this.#failedAt = performance.now();
      return error.code;
    }
  }
}
