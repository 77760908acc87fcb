import type { Socket } from 'node:net';
import type { ContextDeclaration } from '../contexts/declaration.js';
import { Channel } from '../wire/channel.js';
import { DataError, type Parts } from '../wire/data.js';
import type { PrivilegedError } from '../wire/errors.js';
import { isFromHelper } from '../wire/guards.js';
import {
  type ErrorMessage,
  type FromHelper,
  PROTOCOL,
  type ReadyMessage,
  type ResultMessage,
  type ToHelper,
} from '../wire/messages.js';
import { isUnasked, reasonOf, resultOf } from './answer.js';
import type { ContextLog } from './context-log.js';
import { HelperCall } from './helper-call.js';
import type { HelperProcess } from './helper-process.js';
import { stoppedError, tellEnd } from './how-it-ended.js';

/** The streams to and from a helper, and its process where this one started it. */
export interface Reached {
  readonly input: Socket;
  readonly output: Socket;
  readonly process?: HelperProcess;
}

/**
 * Calls that a helper works on at once; others wait here. It reads nothing, not even what cancels one,
 * while it has 1000.
 */
const MOST_IN_FLIGHT = 900;
/** Milliseconds beyond its grace period in which a helper has to say or do what it must by its end. */
const ALLOWANCE = 3000;
/** Milliseconds in which a helper's process ends that has closed the channel. */
const TIME_TO_END = 500;

/** One helper, from its start to its end: calls go there, and what it answers comes back. */
export class HelperLink {
  /** Rejects with why there never was a helper. */
  readonly ready: Promise<void>;
  /** The helper is gone, and everybody has been told. Never rejects. */
  readonly gone: Promise<void>;
  readonly #declaration: ContextDeclaration;
  readonly #reached: Reached;
  readonly #log: ContextLog;
  readonly #channel: Channel<FromHelper, ToHelper>;
  /** Sent, by their ids. */
  readonly #pending = new Map<number, HelperCall>();
  /** To be sent: there is no room, or the helper is not ready yet. */
  readonly #waiting = new Set<HelperCall>();
  readonly #startTimer: NodeJS.Timeout;
  #state: 'starting' | 'serving' | 'stopping' | 'over' = 'starting';
  #served = false;
  #reading = true;
  #lastId = 0;
  /** Why it takes no calls, once that is known. */
  #error: PrivilegedError | undefined;
  #tellReady: (error?: PrivilegedError) => void = () => {};
  #tellGone: () => void = () => {};

  constructor(
    declaration: ContextDeclaration,
    reached: Reached,
    log: ContextLog,
    startTimeout: number,
  ) {
    this.#declaration = declaration;
    this.#reached = reached;
    this.#log = log;
    this.ready = new Promise((resolve, reject) => {
      this.#tellReady = (error) => (error === undefined ? resolve() : reject(error));
    });
    this.ready.catch(() => {}); // told to callers one by one
    this.gone = new Promise((resolve) => {
      this.#tellGone = resolve;
    });
    this.#startTimer = setTimeout(() => this.#late(startTimeout), startTimeout);
    const { input, output, process } = reached;
    this.#channel = new Channel(
      input,
      output,
      {
        message: (message, bytes) => this.#receive(message, bytes),
        closed: (error) => this.#end(error && { problem: `the channel broke: ${error.message}` }),
        drained: () => this.#drained(),
      },
      isFromHelper,
    );
    input.ref(); // somebody waits for it to be ready
    if (input.destroyed) this.#end({ problem: 'its socket was closed before it was used' });
    void process?.ended.then(({ error }) => error && this.#end());
  }

  /** Whether another helper may be started. */
  get isOver(): boolean {
    return this.#state === 'over';
  }

  call(name: string, parts: Parts, signal: AbortSignal | undefined): Promise<unknown> {
    const call = new HelperCall(name, parts, signal);
    if (this.#error !== undefined) call.reject(this.#error);
    else if (this.#hasRoom) this.#send(call);
    else this.#wait(call);
    return call.answered;
  }

  /** Ends the helper, and gives when it is gone. */
  async stop(): Promise<void> {
    if (this.#state === 'starting' || this.#state === 'serving') {
      this.#state = 'stopping';
      clearTimeout(this.#startTimer);
      this.#error = stoppedError(this.#declaration.name);
      this.#tellReady(this.#error);
      this.#rejectAll(this.#waiting, this.#error);
      this.#reached.input.ref();
      this.#channel.end();
      const timer = setTimeout(() => this.#end(), this.#patience);
      await this.gone;
      clearTimeout(timer);
    }
    await this.gone;
  }

  get #hasRoom(): boolean {
    return this.#state === 'serving' && this.#reading && this.#pending.size < MOST_IN_FLIGHT;
  }

  /** Milliseconds. */
  get #patience(): number {
    return this.#declaration.gracePeriod + ALLOWANCE;
  }

  #wait(call: HelperCall): void {
    this.#waiting.add(call);
    call.onCancel(() => {
      this.#waiting.delete(call);
      call.reject(call.signal?.reason);
    });
  }

  #send(call: HelperCall): void {
    const id = this.#lastId + 1;
    try {
      this.#reading = this.#channel.send(call.message(id), call.parts.bytes);
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      call.rejectArguments(error.message);
      return;
    }
    this.#lastId = id;
    if (this.#pending.size === 0) this.#reached.input.ref();
    this.#pending.set(id, call);
    call.onCancel(() => this.#cancel(id, call));
  }

  /** What was cancelled is over when the function is: that is what the helper says next about it. */
  #cancel(id: number, call: HelperCall): void {
    this.#channel.send({ type: 'cancel', id });
    const isOpen = () => this.#pending.get(id) === call;
    const timer = setTimeout(() => {
      // after what has arrived in the meantime: it may have been this process that did not run
      setImmediate(() => {
        if (!isOpen()) return;
        const waited = `${this.#patience} ms after ${call.name} was cancelled`;
        this.#end({ problem: `it had neither answered nor ended ${waited}, so it was dropped` });
      });
    }, this.#patience);
    const done = () => clearTimeout(timer);
    call.answered.then(done, done);
  }

  #drained(): void {
    this.#reading = true;
    this.#sendWaiting();
  }

  #sendWaiting(): void {
    for (const call of this.#waiting) {
      if (!this.#hasRoom) return;
      this.#waiting.delete(call);
      this.#send(call);
    }
  }

  #receive(message: FromHelper, bytes: Uint8Array): void {
    if (message.type === 'log') {
      this.#log.write(message.level, message.message, message.function);
    } else if (message.type === 'fatal') {
      this.#end({ fatal: message.message });
    } else if (message.type === 'ready') {
      this.#begin(message);
    } else {
      this.#answer(message, bytes);
    }
  }

  #begin({ protocol, context }: ReadyMessage): void {
    if (this.#state === 'stopping') return;
    if (this.#state !== 'starting') this.#break('it said twice that it is ready');
    else if (protocol !== PROTOCOL) {
      this.#break(`it speaks protocol ${protocol}, and this side ${PROTOCOL}`);
    } else if (context !== this.#declaration.name) {
      this.#break(`it is the helper of context ${context}`);
    } else {
      clearTimeout(this.#startTimer);
      this.#state = 'serving';
      this.#served = true;
      this.#tellReady();
      this.#sendWaiting();
      this.#letGo();
    }
  }

  #answer(message: ResultMessage | ErrorMessage, bytes: Uint8Array): void {
    const call = this.#pending.get(message.id);
    if (call === undefined) {
      this.#break(`it answered call ${message.id}, which is not open`);
      return;
    }
    try {
      if (message.type === 'result') call.resolve(resultOf(message, bytes));
      else if (isUnasked(message.failure, call.signal)) {
        if (this.#state === 'stopping') return; // it is told with the others
        this.#break(`it cancelled ${call.name} by itself`);
        return;
      } else call.reject(reasonOf(message, call.signal));
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      this.#break(error.message);
      return;
    }
    this.#pending.delete(message.id);
    this.#sendWaiting();
    this.#letGo();
  }

  /** Nobody waits for anything: this does not keep the event loop alive. */
  #letGo(): void {
    if (this.#state === 'serving' && this.#pending.size === 0) this.#reached.input.unref();
  }

  #late(startTimeout: number): void {
    setImmediate(() => {
      if (this.#state === 'starting') {
        this.#end({ problem: `it was not ready within ${startTimeout} ms` });
      }
    });
  }

  #break(problem: string): void {
    const advice = 'see that service and helper use one version of tsrootwrap';
    this.#end({ problem: `it broke the protocol: ${problem}; ${advice}` });
  }

  #end(why: { readonly fatal?: string; readonly problem?: string } = {}): void {
    if (this.#state === 'over') return;
    const stopped = this.#state === 'stopping';
    this.#state = 'over';
    clearTimeout(this.#startTimer);
    this.#channel.destroy();
    this.#reached.process?.killIn(this.#patience);
    void (stopped ? this.#finishStop() : this.#tellAll(why));
  }

  async #finishStop(): Promise<void> {
    const { process } = this.#reached;
    this.#rejectAll(this.#pending.values(), stoppedError(this.#declaration.name));
    await process?.endWithin(this.#patience + TIME_TO_END, true);
    this.#tellGone();
  }

  async #tellAll(why: { readonly fatal?: string; readonly problem?: string }): Promise<void> {
    const { process } = this.#reached;
    const somebodyWaits = !this.#served || this.#pending.size > 0 || this.#waiting.size > 0;
    const end = await process?.endWithin(TIME_TO_END, somebodyWaits);
    const { name } = this.#declaration;
    const ending = { context: name, served: this.#served, command: process?.command, end, ...why };
    const { summary, error } = tellEnd(ending);
    this.#error = error;
    this.#log.write('error', summary);
    this.#tellReady(error);
    this.#rejectAll(this.#pending.values(), error);
    this.#rejectAll(this.#waiting, error);
    this.#tellGone();
  }

  #rejectAll(calls: Iterable<HelperCall>, error: PrivilegedError): void {
    for (const call of calls) call.reject(error);
  }
}
