import type { Connection } from './connection.js';
import type { DaemonProcess } from './daemon-process.js';
import { DaemonStart, type Failure } from './daemon-start.js';
import { brokenBy, ClientClosedError, DaemonLostError } from './errors.js';
import type { Daemon, LinkOptions } from './link.js';
import type { Request } from './request.js';
import { type Arrows, StateMachine } from './state-machine.js';
import { endedBeforeThread, endWithThread } from './thread-end.js';

/**
 * - `absent`: there is no daemon that takes requests
 * - `pausing`: several in a row gave no answer, so the next start waits a while
 * - `starting`: one is being started
 * - `present`: one takes requests
 * - `closed`: there will be no other
 */
type State = 'absent' | 'pausing' | 'starting' | 'present' | 'closed';

const ARROWS: Arrows<State> = {
  absent: ['pausing', 'starting', 'closed'],
  pausing: ['absent'],
  starting: ['present', 'absent'],
  present: ['absent'],
  closed: [],
};

/** Daemons in a row that may end, or take leave, without any answer before calls are failed for it. */
const MAX_FRUITLESS = 3;
/** How long (ms) two starts are apart: after two daemons without an answer, and at most. */
const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 5000;

/** Sees that there is a daemon while there are requests, and that each is sent to one at most. */
export class Dispatcher {
  readonly #daemon: Daemon;
  readonly #options: LinkOptions;
  readonly #startTimeout: number;
  readonly #state = new StateMachine<State>(ARROWS, 'absent');
  /** What belongs to a state: `pausing`, `starting`, `present`. */
  #pause: NodeJS.Timeout | undefined;
  #start: DaemonStart | undefined;
  #current: Connection | undefined;
  /** In the order in which they are to be sent. */
  #waiting = new Set<Request>();
  /** Connections that still answer and take no more. */
  readonly #leaving = new Set<Connection>();
  /** Ends of daemons that have been told to. */
  readonly #ending = new Set<Promise<void>>();
  /** Did not start as they should, and may not have ended. */
  readonly #abandoned = new Set<DaemonProcess>();
  /** Starts in a row that gave no answer, and when the last of them began. */
  #fruitless = 0;
  #startedAt = -Infinity;
  #isClosing = false;
  #closed: Promise<void> | undefined;
  #onIdle: (() => void) | undefined;

  constructor(daemon: Daemon, options: LinkOptions, startTimeout: number) {
    this.#daemon = daemon;
    this.#options = options;
    this.#startTimeout = startTimeout;
  }

  submit(request: Request): void {
    if (this.#isClosing) request.fail(new ClientClosedError(false));
    else if (this.#current?.hasRoom && this.#waiting.size === 0) this.#current.send(request);
    else {
      this.#waiting.add(request);
      request.onOver = () => this.#leaveQueue(request);
      this.#seeToDaemon();
    }
  }

  /**
   * Takes no more requests; resolves when all are answered and the daemon has ended.
   *
   * @param timeout milliseconds after which what is not answered is ended and fails
   */
  close(timeout?: number): Promise<void> {
    this.#isClosing = true;
    this.#closed ??= this.#close();
    if (timeout !== undefined && !this.#isIdle()) {
      const timer = setTimeout(() => this.#cutShort(), timeout);
      void this.#closed.then(() => clearTimeout(timer));
    }
    return this.#closed;
  }

  /** Ends a daemon that nobody waits for, and waits until it has ended. The next call starts another. */
  async rest(): Promise<void> {
    if (this.#isIdle()) this.#retire();
    await this.#ended();
  }

  async #close(): Promise<void> {
    if (!this.#isIdle()) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve;
      });
    }
    this.#retire();
    this.#state.enter('closed');
    await this.#ended();
    endedBeforeThread(this);
  }

  async #ended(): Promise<void> {
    await Promise.all([...this.#ending, ...[...this.#abandoned].map((process) => process.gone())]);
  }

  /** Leads to `absent` from wherever it is. */
  #retire(): void {
    clearTimeout(this.#pause);
    this.#start?.abandon();
    this.#abandon(this.#start?.process);
    const connections = [...this.#leaving, ...(this.#current ? [this.#current] : [])];
    this.#leaving.clear();
    this.#start = undefined;
    this.#current = undefined;
    this.#state.enter('absent');
    for (const connection of connections) this.#keep(connection.finish());
  }

  #cutShort(): void {
    const failure = () => new ClientClosedError(true);
    const waiting = [...this.#waiting];
    for (const request of waiting) request.fail(new ClientClosedError(false));
    for (const connection of [...this.#leaving, this.#current]) connection?.cutShort(failure);
    this.#tellIdle();
  }

  /** Whether no call waits for anything. */
  #isIdle(): boolean {
    if (this.#waiting.size > 0 || this.#current?.isIdle === false) return false;
    return [...this.#leaving].every(({ isIdle }) => isIdle);
  }

  /** Starts a daemon if calls wait for one and none is there or on its way. */
  #seeToDaemon(): void {
    if (this.#waiting.size === 0 || this.#state.now !== 'absent') return;
    const pause = this.#startedAt + pauseAfter(this.#fruitless) - performance.now();
    if (pause <= 0) {
      this.#begin();
      return;
    }
    this.#state.enter('pausing');
    this.#pause = setTimeout(() => {
      this.#state.enter('absent');
      this.#begin();
    }, pause);
  }

  #begin(): void {
    if (!this.#state.enter('starting')) return;
    this.#startedAt = performance.now();
    endWithThread(this);
    const start = new DaemonStart(this.#daemon, this.#options, this.#startTimeout, {
      ready: (connection) => this.#ready(connection),
      failed: (failure) => this.#failed(failure, start.process),
      changed: (connection) => this.#changed(connection),
      returned: (connection, requests, problem) => this.#takeBack(connection, requests, problem),
      declined: (request) => this.#takeAgain(request),
      over: (connection) => this.#gone(connection),
    });
    this.#start = start;
  }

  #ready(connection: Connection): void {
    if (!this.#state.enter('present')) return;
    this.#start = undefined;
    this.#current = connection;
    this.#drain();
  }

  #failed(failure: Failure, process: DaemonProcess | undefined): void {
    this.#abandon(process);
    if (!this.#state.enter('absent')) return;
    this.#start = undefined;
    this.#fruitless++;
    this.#failWaiting(failure);
  }

  #failWaiting(failure: Failure): void {
    for (const request of [...this.#waiting]) request.fail(failure(request));
    this.#tellIdle();
  }

  #drain(): void {
    for (const request of this.#waiting) {
      if (!this.#current?.hasRoom) break;
      this.#waiting.delete(request);
      request.onOver = undefined;
      this.#current.send(request);
    }
  }

  #changed(connection: Connection): void {
    if (connection.hasAnswered) this.#fruitless = 0;
    if (this.#waiting.size > 0) this.#drain();
    if (connection.isIdle && this.#leaving.delete(connection)) this.#keep(connection.finish());
    this.#tellIdle();
  }

  /** They were first, and go first to the next daemon. */
  #takeBack(connection: Connection, requests: readonly Request[], problem?: string): void {
    if (this.#current === connection) {
      this.#current = undefined;
      this.#state.enter('absent');
      this.#leaving.add(connection);
    }
    this.#queue(requests);
    if (connection.hasAnswered) this.#fruitless = 0;
    else if (this.#waiting.size > 0) this.#fruitless++;
    if (this.#fruitless >= MAX_FRUITLESS) this.#failWaiting(fruitless(this.#fruitless, problem));
    this.#seeToDaemon();
  }

  /** It goes where it was before: others that were declined may be on their way. */
  #takeAgain(request: Request): void {
    this.#queue([request]);
    this.#seeToDaemon();
  }

  #queue(requests: readonly Request[]): void {
    const wanted = requests.filter((request) => request.detach());
    if (wanted.length === 0) return;
    for (const request of wanted) request.onOver = () => this.#leaveQueue(request);
    const waiting = [...wanted, ...this.#waiting];
    this.#waiting = new Set(waiting.sort((a, b) => a.order - b.order));
  }

  #leaveQueue(request: Request): void {
    if (this.#waiting.delete(request)) this.#tellIdle();
  }

  /** It is over, and calls may still wait to be told how it ended. */
  #gone(connection: Connection): void {
    if (connection.isIdle && this.#leaving.delete(connection)) this.#keep(connection.finish());
    this.#tellIdle();
  }

  #keep(end: Promise<void>): void {
    const kept = end.finally(() => this.#ending.delete(kept));
    this.#ending.add(kept);
  }

  #abandon(process: DaemonProcess | undefined): void {
    if (!process) return;
    this.#abandoned.add(process);
    void process.ended.then(() => this.#abandoned.delete(process));
  }

  #tellIdle(): void {
    if (!this.#onIdle || !this.#isIdle()) return;
    this.#onIdle();
    this.#onIdle = undefined;
  }
}

function fruitless(count: number, problem: string | undefined): Failure {
  if (problem !== undefined) return () => brokenBy(problem, false);
  const why = `${count} daemons in a row took leave or ended`;
  return (request) => new DaemonLostError(request.argv, false, why);
}

/** How long (ms) after the last start the next may begin. */
function pauseAfter(fruitless: number): number {
  return fruitless < 2 ? 0 : Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (fruitless - 2));
}
