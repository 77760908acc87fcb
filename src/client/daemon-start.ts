import { escapeCommand } from '../log/escape.js';
import { Connection } from './connection.js';
import type { DaemonProcess } from './daemon-process.js';
import { brokenBy, DaemonStartError, type RootwrapError } from './errors.js';
import { type Daemon, type Link, type LinkOptions, openLink } from './link.js';
import type { Request } from './request.js';
import { startError, turnedAway } from './start-advice.js';
import { type Arrows, StateMachine } from './state-machine.js';

/** Makes the error for one of several calls that all wait for the same. */
export type Failure = (request: Request) => RootwrapError;

/** What becomes of a daemon, from its start to its end. */
export interface DaemonEvents {
  /** It was started and has said hello. Or else: */
  ready(connection: Connection): void;
  failed(failure: Failure): void;
  /** After `ready`, as ConnectionEvents has them. */
  changed(connection: Connection): void;
  returned(connection: Connection, requests: readonly Request[], problem?: string): void;
  declined(request: Request): void;
  over(connection: Connection): void;
}

type State = 'linking' | 'greeting' | 'ready' | 'failed';

const ARROWS: Arrows<State> = {
  linking: ['greeting', 'failed'],
  greeting: ['ready', 'failed'],
  ready: [],
  failed: [],
};

/** How long (ms) a daemon may take to end after it has closed its output. */
const TIME_TO_END = 1000;

/** One attempt to have a daemon: ends once, by `ready`, by `failed`, or by `abandon`. */
export class DaemonStart {
  readonly #daemon: Daemon;
  readonly #events: DaemonEvents;
  readonly #timeout: number;
  readonly #timer: NodeJS.Timeout;
  readonly #state = new StateMachine<State>(ARROWS, 'linking');
  #process: DaemonProcess | undefined;
  #connection: Connection | undefined;

  constructor(daemon: Daemon, options: LinkOptions, timeout: number, events: DaemonEvents) {
    this.#daemon = daemon;
    this.#timeout = timeout;
    this.#events = events;
    this.#timer = setTimeout(() => this.#fail(this.#tooLate()), timeout);
    const link = openLink(daemon, options, (process) => {
      this.#process = process;
    });
    link.then(
      (opened) => this.#greet(opened),
      (error: DaemonStartError) => this.#fail(again(error)),
    );
  }

  /** The process, as soon as there is one. */
  get process(): DaemonProcess | undefined {
    return this.#process;
  }

  /** Nobody waits for it any more: it is ended, without an event. */
  abandon(): void {
    if (this.#state.enter('failed')) this.#release();
  }

  #greet(link: Link): void {
    if (!this.#state.enter('greeting')) {
      link.from.destroy();
      link.to.destroy();
      return;
    }
    const connection: Connection = new Connection(link, {
      ready: () => {
        if (!this.#state.enter('ready')) return;
        clearTimeout(this.#timer);
        this.#events.ready(connection);
      },
      changed: () => this.#state.now === 'ready' && this.#events.changed(connection),
      returned: (requests, problem) => {
        if (this.#state.now === 'ready') this.#events.returned(connection, requests, problem);
      },
      declined: (request) => this.#events.declined(request),
      over: (problem) => {
        if (this.#state.now === 'ready') this.#events.over(connection);
        else void this.#notGreeted(problem, link.key !== undefined);
      },
    });
    this.#connection = connection;
  }

  async #notGreeted(problem: string | undefined, isAnnounced: boolean): Promise<void> {
    if (problem !== undefined) {
      this.#fail(() => brokenBy(problem, false));
      return;
    }
    const command = this.#daemon;
    if (this.#process === undefined || !isCommand(command)) {
      this.#fail(
        () => new DaemonStartError('the daemon closed the connection at once: see its log'),
      );
      return;
    }
    const end = await this.#process.lastWords(TIME_TO_END);
    // It ends well by itself when its client has gone.
    const wasReady = isAnnounced && end.exitCode === 0;
    this.#fail(() => (wasReady ? turnedAway(command, end) : startError(command, end)));
  }

  #tooLate(): Failure {
    const what = isCommand(this.#daemon) ? escapeCommand(this.#daemon) : 'the daemon';
    return () =>
      new DaemonStartError(
        `${what} was not ready within ${this.#timeout} ms: see whether it waits for a ` +
          'password, or set `startTimeout` higher',
      );
  }

  #fail(failure: Failure): void {
    if (!this.#state.enter('failed')) return;
    this.#release();
    this.#events.failed(failure);
  }

  #release(): void {
    clearTimeout(this.#timer);
    this.#connection?.drop();
    this.#process?.abandon();
  }
}

function isCommand(daemon: Daemon): daemon is readonly string[] {
  return Array.isArray(daemon);
}

/** The same error once more: each call has one of its own, with its own stack. */
function again({ message, exitCode, signal, stderr, cause }: DaemonStartError): Failure {
  return () => new DaemonStartError(message, { exitCode, signal, stderr }, { cause });
}
