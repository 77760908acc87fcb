import type { Socket } from 'node:net';
import type { ContextDeclaration } from '../contexts/declaration.js';
import { resultLimits } from '../contexts/result-limits.js';
import { type Answer, copyOf, reasonOf } from '../wire/answer.js';
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
import { isUnasked, resultOf } from './answer.js';
import type { ContextLog } from './context-log.js';
import { HelperCall } from './helper-call.js';
import type { HelperProcess } from './helper-process.js';
import { stoppedError, tellEnd } from './how-it-ended.js';
import { type CallOutlet, OpenCalls } from './open-calls.js';

/** The streams to and from a helper, and its process where this one started it. */
export interface Reached {
  readonly input: Socket;
  readonly output: Socket;
  readonly process?: HelperProcess;
}

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
  readonly #calls: OpenCalls;
  /** Told when it has ended and was not stopped; must not throw. */
  readonly #onEnd: (error: PrivilegedError) => void;
  readonly #startTimer: NodeJS.Timeout;
  #state: 'starting' | 'serving' | 'stopping' | 'over' = 'starting';
  #served = false;
  /** Why it takes no calls, once that is known. */
  #error: PrivilegedError | undefined;
  #tellReady: (error?: PrivilegedError) => void = () => {};
  #tellGone: () => void = () => {};

  constructor(
    declaration: ContextDeclaration,
    reached: Reached,
    log: ContextLog,
    startTimeout: number,
    onEnd: (error: PrivilegedError) => void = () => {},
  ) {
    this.#onEnd = onEnd;
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
    this.#calls = new OpenCalls(this.#outlet());
    this.#channel = new Channel(
      input,
      output,
      {
        message: (message, bytes) => this.#receive(message, bytes),
        closed: (error) => this.#end(error && { problem: `the channel broke: ${error.message}` }),
        drained: () => this.#calls.drained(),
      },
      isFromHelper,
      resultLimits(declaration.maxResult),
    );
    if (input.destroyed) this.#end({ problem: 'its socket was closed before it was used' });
    void process?.ended.then(({ error }) => error && this.#end());
  }

  /** Whether another helper may be started. */
  get isOver(): boolean {
    return this.#state === 'over';
  }

  /** Whether it has been ready. */
  get hasServed(): boolean {
    return this.#served;
  }

  call(name: string, parts: Parts, signal: AbortSignal | undefined): Promise<Answer> {
    const call = new HelperCall(name, parts, signal);
    const error = this.#error;
    if (error !== undefined) call.reject(() => copyOf(error));
    else this.#calls.add(call);
    return call.answered;
  }

  /** Ends the helper, and gives when it is gone. */
  async stop(): Promise<void> {
    if (this.#state === 'starting' || this.#state === 'serving') {
      this.#state = 'stopping';
      clearTimeout(this.#startTimer);
      const error = stoppedError(this.#declaration.name);
      this.#error = error;
      this.#tellReady(error);
      this.#calls.rejectWaiting(() => copyOf(error));
      this.#reached.input.ref();
      this.#channel.end();
      const timer = setTimeout(() => this.#end(), this.#patience);
      await this.gone;
      clearTimeout(timer);
    }
    await this.gone;
  }

  /** Milliseconds. */
  get #patience(): number {
    return this.#declaration.gracePeriod + ALLOWANCE;
  }

  /** The way of calls to the helper. */
  #outlet(): CallOutlet {
    const isServing = () => this.#state === 'serving';
    const waited = `it had neither answered nor ended ${this.#patience} ms after`;
    return {
      get isServing() {
        return isServing();
      },
      patience: this.#patience,
      send: (message, bytes) => this.#channel.send(message, bytes),
      busy: () => this.#reached.input.ref(),
      frozen: ({ name }) => {
        this.#end({ problem: `${waited} ${name} was cancelled, so it was dropped` });
      },
    };
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
      this.#calls.sendWaiting();
      this.#letGo();
    }
  }

  #answer(message: ResultMessage | ErrorMessage, bytes: Uint8Array): void {
    const call = this.#calls.get(message.id);
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
      } else call.reject(() => reasonOf(message.failure, call.signal));
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      this.#break(error.message);
      return;
    }
    this.#calls.answered(message.id);
    this.#letGo();
  }

  /** Nobody waits for anything: this does not keep the event loop alive. */
  #letGo(): void {
    if (this.#state === 'serving' && this.#calls.isIdle) this.#reached.input.unref();
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
    this.#calls.rejectAll(() => stoppedError(this.#declaration.name));
    await process?.endWithin(this.#patience + TIME_TO_END);
    this.#tellGone();
  }

  async #tellAll(why: { readonly fatal?: string; readonly problem?: string }): Promise<void> {
    const { process } = this.#reached;
    const end = await process?.endWithin(TIME_TO_END);
    const { name } = this.#declaration;
    const ending = { context: name, served: this.#served, command: process?.command, end, ...why };
    const { summary, error } = tellEnd(ending);
    this.#error = error;
    this.#log.write('error', summary);
    this.#tellReady(error);
    this.#calls.rejectAll(() => copyOf(error));
    this.#onEnd(copyOf(error));
    this.#tellGone();
  }
}
