import { escapeCommand } from '../log/escape.js';
import { Connection, protocolMessage } from './connection.js';
import type { DaemonProcess } from './daemon-process.js';
import {
  ClientClosedError,
  DaemonLostError,
  DaemonStartError,
  ProtocolError,
  type RootwrapError,
} from './errors.js';
import { type Daemon, type LinkOptions, openLink, startError, turnedAway } from './link.js';
import type { Request } from './request.js';

/** Daemons that may take leave without taking a request before that is given up. */
const MOST_RETURNS = 3;
/** Milliseconds in which a daemon ends that has closed its output. */
const TIME_TO_END = 1000;

/** Makes the error for one of several who all wait for the same. */
type Failure = (request: Request) => RootwrapError;

/** Sees that there is a daemon while there are requests, and that each is sent to one at most. */
export class Dispatcher {
  readonly #daemon: Daemon;
  readonly #options: LinkOptions;
  readonly #startTimeout: number;
  /** In the order in which they are to be sent. */
  #waiting = new Set<Request>();
  #current: Connection | undefined;
  /** Connections that still answer and take no more. */
  readonly #leaving = new Set<Connection>();
  /** Did not start as they should, and may not have ended. */
  readonly #abandoned = new Set<DaemonProcess>();
  #isStarting = false;
  #closed: Promise<void> | undefined;
  #onIdle: (() => void) | undefined;

  constructor(daemon: Daemon, options: LinkOptions, startTimeout: number) {
    this.#daemon = daemon;
    this.#options = options;
    this.#startTimeout = startTimeout;
  }

  submit(request: Request): void {
    if (this.#closed) request.fail(new ClientClosedError());
    else if (this.#current?.hasRoom && this.#waiting.size === 0) this.#current.send(request);
    else {
      this.#waiting.add(request);
      if (!this.#current) this.#start();
    }
  }

  /** Takes no more requests; resolves when all are answered and the daemon has ended. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    while (!this.#isIdle()) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve;
      });
    }
    const connections = [...this.#leaving, ...(this.#current ? [this.#current] : [])];
    this.#leaving.clear();
    this.#current = undefined;
    const ends = connections.map((connection) => connection.finish());
    const abandoned = [...this.#abandoned].map((process) => process.gone());
    await Promise.all([...ends, ...abandoned]);
  }

  #isIdle(): boolean {
    const idle = (connection: Connection | undefined) => connection?.isIdle ?? true;
    return (
      !this.#isStarting &&
      this.#waiting.size === 0 &&
      idle(this.#current) &&
      [...this.#leaving].every(idle)
    );
  }

  #start(): void {
    if (this.#isStarting) return;
    this.#isStarting = true;
    this.#open().then(
      (connection) => {
        this.#isStarting = false;
        this.#current = connection;
        this.#drain();
        this.#tellIdle(); // whoever was waited for may have been canceled meanwhile
      },
      (failure: Failure) => {
        this.#isStarting = false;
        const waiting = this.#waiting;
        this.#waiting = new Set();
        for (const request of waiting) request.fail(failure(request));
        this.#tellIdle();
      },
    );
  }

  /** @throws Failure */
  async #open(): Promise<Connection> {
    let process: DaemonProcess | undefined;
    let connection: Connection | undefined;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(this.#tooLate()), this.#startTimeout);
    });
    let isLate = false;
    const opening = async () => {
      const link = await openLink(this.#daemon, this.#options, (begun) => {
        process = begun;
      });
      if (isLate) {
        link.from.destroy();
        throw new Error('too late'); // nobody hears it
      }
      return new Promise<Connection>((resolve, reject) => {
        let isOpen = false;
        const made: Connection = new Connection(link, {
          ready: () => {
            isOpen = true;
            resolve(made);
          },
          changed: () => this.#changed(made),
          returned: (requests) => this.#takeBack(made, requests),
          declined: (request) => this.#takeAgain(request),
          over: (problem) => {
            if (isOpen) this.#gone(made);
            else void this.#notOpened(problem, process, link.key !== undefined).then(reject);
          },
        });
        connection = made;
      });
    };
    try {
      return await Promise.race([opening(), late]);
    } catch (error) {
      isLate = true;
      connection?.drop();
      this.#abandon(process);
      if (typeof error === 'function') throw error;
      const { message, exitCode, signal, stderr, cause } = error as DaemonStartError;
      const end = { exitCode, signal, stderr };
      const failure: Failure = () => new DaemonStartError(message, end, { cause });
      throw failure;
    } finally {
      clearTimeout(timer);
    }
  }

  #abandon(process: DaemonProcess | undefined): void {
    if (!process) return;
    this.#abandoned.add(process);
    process.abandon();
    void process.ended.then(() => this.#abandoned.delete(process));
  }

  #tooLate(): Failure {
    const what = 'socketPath' in this.#daemon ? 'the daemon' : escapeCommand(this.#daemon);
    return () =>
      new DaemonStartError(
        `${what} was not ready within ${this.#startTimeout} ms: see whether it waits for a ` +
          'password, or set `startTimeout` higher',
      );
  }

  async #notOpened(
    problem: string | undefined,
    process: DaemonProcess | undefined,
    isAnnounced: boolean,
  ): Promise<Failure> {
    if (problem !== undefined) return () => new ProtocolError(protocolMessage(problem), false);
    if (process === undefined || 'socketPath' in this.#daemon) {
      return () => new DaemonStartError('the daemon closed the connection at once: see its log');
    }
    const end = await process.lastWords(TIME_TO_END);
    const command = this.#daemon;
    // It ends well by itself when its client has gone.
    const wasReady = isAnnounced && end.exitCode === 0;
    return () => (wasReady ? turnedAway(command, end) : startError(command, end));
  }

  #drain(): void {
    for (const request of this.#waiting) {
      if (!request.isOver && !this.#current?.hasRoom) break;
      this.#waiting.delete(request);
      if (!request.isOver) this.#current?.send(request);
    }
  }

  #changed(connection: Connection): void {
    if (this.#waiting.size > 0) this.#drain();
    if (connection.isIdle && this.#leaving.delete(connection)) void connection.finish();
    this.#tellIdle();
  }

  /** They were first, and go first to the next daemon. */
  #takeBack(connection: Connection, requests: readonly Request[]): void {
    if (this.#current === connection) {
      this.#current = undefined;
      this.#leaving.add(connection);
    }
    const wanted = requests.filter((request) => {
      if (!request.detach()) return false;
      if (++request.returns < MOST_RETURNS) return true;
      const why = `${MOST_RETURNS} daemons in a row took leave`;
      request.fail(new DaemonLostError(request.argv, false, why));
      return false;
    });
    if (wanted.length > 0) this.#waiting = new Set([...wanted, ...this.#waiting]);
    if (this.#waiting.size > 0) this.#start();
  }

  /** It goes where it was before: others that were declined may be on their way. */
  #takeAgain(request: Request): void {
    if (!request.detach()) return;
    const waiting = [request, ...this.#waiting];
    this.#waiting = new Set(waiting.sort((a, b) => a.order - b.order));
    if (!this.#current) this.#start();
  }

  #gone(connection: Connection): void {
    if (this.#current === connection) this.#current = undefined;
    this.#leaving.delete(connection);
    if (this.#waiting.size > 0 && !this.#current) this.#start();
    this.#tellIdle();
  }

  #tellIdle(): void {
    if (!this.#onIdle || !this.#isIdle()) return;
    this.#onIdle();
    this.#onIdle = undefined;
  }
}
