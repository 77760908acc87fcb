import type { Logger } from '../contexts/entrypoint.js';
import { Cancellation } from '../run/cancellation.js';
import type { Outcome, PreparedFunction } from '../run/prepared-function.js';
import type { Channel } from '../wire/channel.js';
import { DataError, putTogether } from '../wire/data.js';
import type { PrivilegedErrorCode } from '../wire/errors.js';
import {
  type CallMessage,
  type Failure,
  type FromHelper,
  MOST_BYTES_AT_ONCE,
  type ToHelper,
} from '../wire/messages.js';
import { Deadlines } from './deadlines.js';

/** Calls at once. While there are as many, or MOST_BYTES_AT_ONCE, the channel is not read. */
export const MOST_CALLS = 1000;

export interface ServerOptions {
  readonly debug: boolean;
  /** @param name the function that speaks */
  logger(name: string): Logger;
  /** A function ignores its signal. */
  overdue(message: string): void;
}

/** The service broke a rule of the channel. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
}

interface Running {
  readonly cancellation: Cancellation;
  /** Milliseconds that it has after its signal was aborted. */
  readonly grace: number;
  /** How many came with it. */
  readonly bytes: number;
}

interface Served {
  readonly prepared: PreparedFunction;
  readonly log: Logger;
}

/** Runs what comes as messages, all at once, and answers each when it has ended. */
export class CallServer {
  readonly #channel: Channel<ToHelper, FromHelper>;
  /** A map, so that `constructor` and its like are names of nothing. */
  readonly #functions: ReadonlyMap<string, Served>;
  readonly #options: ServerOptions;
  readonly #running = new Map<number, Running>();
  readonly #deadlines = new Deadlines();
  /** Of all that run. */
  #bytes = 0;
  #isUnread = false;
  /** The service is gone: what it has sent and was not read is not begun. */
  #isEnding = false;
  /** Nothing more is begun. */
  #isFinishing = false;
  readonly #idle: (() => void)[] = [];

  constructor(
    channel: Channel<ToHelper, FromHelper>,
    functions: ReadonlyMap<string, PreparedFunction>,
    options: ServerOptions,
  ) {
    this.#channel = channel;
    this.#options = options;
    this.#functions = new Map(
      [...functions].map(([name, prepared]) => [name, { prepared, log: options.logger(name) }]),
    );
  }

  /** @throws {ProtocolError} */
  receive(message: ToHelper, bytes: Uint8Array): void {
    if (message.type === 'cancel') this.#cancel(message.id);
    else this.#call(message, bytes);
  }

  /** The other side has read what it had not. */
  drained(): void {
    this.#isUnread = false;
    this.#continue();
  }

  /** Cancels all calls, and those that still come. @returns resolves when the last has ended */
  async end(): Promise<void> {
    this.#isEnding = true;
    for (const id of this.#running.keys()) this.#cancel(id);
    await this.finish();
  }

  /** Begins no more calls. @returns resolves when the last has ended */
  async finish(): Promise<void> {
    this.#isFinishing = true;
    if (this.#running.size > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #call(message: CallMessage, bytes: Uint8Array): void {
    const { id, name } = message;
    if (this.#running.has(id)) {
      throw new ProtocolError(`call ${id} comes while another call of that number runs`);
    }
    if (this.#isEnding) {
      this.#fail(id, { kind: 'cancelled' });
      return;
    }
    if (this.#isFinishing) {
      this.#fail(id, refusal('ERR_PRIVILEGED_HELPER', 'the helper ends, and begins no more calls'));
      return;
    }
    const served = this.#functions.get(name);
    if (served === undefined) {
      this.#fail(id, refusal('ERR_PRIVILEGED_UNKNOWN', 'this context has no such function'));
      return;
    }
    let args: unknown;
    try {
      args = putTogether(message.args, message.bytes, bytes, 'args');
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      this.#fail(id, refusal('ERR_PRIVILEGED_ARGUMENTS', error.message));
      return;
    }
    const cancellation = new Cancellation();
    this.#running.set(id, { cancellation, grace: served.prepared.grace, bytes: bytes.length });
    this.#bytes += bytes.length;
    if (this.#isFull) this.#channel.pause();
    void this.#run(id, served, args, cancellation);
  }

  async #run(
    id: number,
    { prepared, log }: Served,
    args: unknown,
    cancellation: Cancellation,
  ): Promise<void> {
    const { debug, overdue } = this.#options;
    if (prepared.longest !== undefined) this.#deadlines.set(id, prepared.longest);
    const outcome = await prepared.call(args, { cancellation, log, debug, overdue });
    this.#deadlines.delete(id);
    this.#bytes -= this.#running.get(id)?.bytes ?? 0;
    this.#running.delete(id);
    this.#answer(id, outcome);
    this.#continue();
    if (this.#running.size === 0) for (const idle of this.#idle.splice(0)) idle();
  }

  #cancel(id: number): void {
    const running = this.#running.get(id);
    if (running === undefined) return;
    this.#deadlines.set(id, running.grace);
    running.cancellation.cancel();
  }

  #answer(id: number, outcome: Outcome): void {
    if ('failure' in outcome) {
      this.#fail(id, outcome.failure);
      return;
    }
    const { value, places, bytes } = outcome.parts;
    const result = { type: 'result', id, value } as const;
    try {
      this.#send(places.length === 0 ? result : { ...result, bytes: places }, bytes);
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      this.#fail(id, refusal('ERR_PRIVILEGED_RESULT', `result: ${error.message}`));
    }
  }

  #fail(id: number, failure: Failure): void {
    this.#send({ type: 'error', id, failure });
  }

  /** Who does not read its answers is not read either. */
  #send(message: FromHelper, bytes?: readonly Uint8Array[]): void {
    if (this.#channel.send(message, bytes)) return;
    this.#isUnread = true;
    this.#channel.pause();
  }

  #continue(): void {
    if (!this.#isFull && !this.#isUnread) this.#channel.resume();
  }

  get #isFull(): boolean {
    return this.#running.size >= MOST_CALLS || this.#bytes >= MOST_BYTES_AT_ONCE;
  }
}

function refusal(code: PrivilegedErrorCode, message: string): Failure {
  return { kind: 'refused', code, message };
}
