import type { DaemonSettings } from '../config/daemon-settings.js';
import type { Log } from '../log/log.js';
import type { Policy } from '../policy/policy.js';
import type { Commands } from './commands.js';
import type { Connection, Session } from './connection.js';
import type { Dialect, Host } from './dialect.js';
import type { Memory } from './memory.js';
import { ObjectDialect } from './object-dialect.js';
import { OsloDialect } from './oslo-dialect.js';
import type { Peer } from './peer.js';

/**
 * How long (ms) clients have for the last answers, from when no command's process is left: for outputs
 * that are read as they go, and for the answers behind them.
 */
const LAST_ANSWERS_MS = 5000;

/** The same where the daemon has to end at once, from when no command is left. */
const LAST_ANSWERS_AT_ONCE_MS = 500;

/** Seconds; with daemon_timeout 0 nobody could ever connect. */
const LEAST_TIMEOUT = 1;

/** Characters of what a peer did wrong that are logged; it may have had a hand in the text. */
const MOST_TOLD = 200;

const OPENING_BRACKET = 0x5b;

/** The connections that were let in, what they ask for, and when all of this ends. */
export class Daemon implements Host {
  readonly commands: Commands;
  readonly memory: Memory;
  readonly #connections = new Map<Connection, Dialect | undefined>();
  #policy: Policy;
  readonly #log: Log;
  #lastRequest = performance.now();
  #idle: NodeJS.Timeout | undefined;
  #stopping: 'when done' | 'at once' | undefined;
  #lastAnswers: NodeJS.Timeout | undefined;
  /** When those who have not taken their last answers are left, by performance.now(). */
  #leavesAt = Number.POSITIVE_INFINITY;

  constructor(policy: Policy, log: Log, commands: Commands, memory: Memory) {
    this.memory = memory;
    this.#policy = policy;
    this.#log = log;
    this.commands = commands;
    commands.onExit = () => this.#endIfDone();
    this.#watchIdleness();
  }

  /** Called when the daemon begins to end and must take no more connections. */
  onStop: () => void = () => {};

  /** Called once: nothing runs any more, and nobody is connected. */
  onEnd: () => void = () => {};

  /** What rootwrap.conf allows now. */
  get limits(): DaemonSettings {
    return this.#policy.config.daemon;
  }

  /** Serves a connection in the dialect of its first request. */
  serve(connection: Connection): void {
    const { maxConnections } = this.limits;
    if (this.#connections.size >= maxConnections) {
      const why = `there are ${maxConnections} (daemon_max_connections)`;
      this.#log.refused(connection.peer, `refused the connection: ${why}`);
      connection.destroy();
      return;
    }
    if (!connection.enlarge()) {
      const why = 'there is no memory for one more (daemon_max_memory)';
      this.#log.refused(connection.peer, `refused the connection: ${why}`);
      connection.destroy();
      return;
    }
    this.#speak(connection, undefined, {
      receive: (payload) => {
        const oslo = payload.bytes[0] === OPENING_BRACKET;
        const dialect = oslo
          ? new OsloDialect(connection, this)
          : new ObjectDialect(connection, this);
        this.#speak(connection, dialect, dialect);
        dialect.receive(payload);
      },
      inputEnded: () => connection.end(),
      closed: () => {},
    });
  }

  /** Serves a connection in tsrootwrap's own dialect. */
  serveObjects(connection: Connection): void {
    const dialect = new ObjectDialect(connection, this);
    this.#speak(connection, dialect, dialect);
  }

  /** Decides by this policy from now on. */
  use(policy: Policy): void {
    this.#policy = policy;
    this.commands.use(policy);
    this.memory.resize(policy.config.daemon);
    if (this.#stopping === undefined) this.#watchIdleness();
  }

  touch(): void {
    this.#lastRequest = performance.now();
  }

  complain(peer: Peer, what: string): void {
    this.#log.refused(peer, `refused a request: the peer ${what.slice(0, MOST_TOLD)}`);
  }

  /** Takes no more requests, and ends when those that it has are answered. */
  stop(why: string): void {
    if (this.#stopping !== undefined) return;
    this.#stopping = 'when done';
    this.#log.info(() => `Ending: ${why}`);
    clearTimeout(this.#idle);
    this.onStop();
    for (const [connection, dialect] of this.#connections) {
      if (dialect === undefined) connection.end();
      else dialect.leave();
    }
    this.#endIfDone();
  }

  /** The same, and has the commands that run end. */
  stopAtOnce(why: string): void {
    this.stop(why);
    this.#stopping = 'at once';
    this.commands.endAll();
    this.#endIfDone();
  }

  #speak(connection: Connection, dialect: Dialect | undefined, session: Session): void {
    this.touch();
    this.#connections.set(connection, dialect);
    const broken = ({ message }: Error) => this.complain(connection.peer, `sent ${message}`);
    connection.onBroken = broken;
    connection.onCut = (why) => {
      this.#log.refused(
        connection.peer,
        `ended the connection: the peer ${why}, and others wait for memory (daemon_max_memory)`,
      );
    };
    connection.serve(
      {
        receive: (payload) => session.receive(payload),
        inputEnded: () => session.inputEnded(),
        closed: () => {
          session.closed();
          this.#connections.delete(connection);
          this.#endIfDone();
        },
      },
      this.limits.maxFrame,
    );
  }

  /** One timer, which looks again when there was a request meanwhile: requests set none. */
  #watchIdleness(): void {
    clearTimeout(this.#idle);
    const timeout = Math.max(this.#policy.config.daemonTimeout, LEAST_TIMEOUT) * 1000;
    const idle = this.commands.running > 0 ? 0 : performance.now() - this.#lastRequest;
    if (idle >= timeout) {
      this.stop(`no request for ${timeout / 1000} s`);
      return;
    }
    this.#idle = setTimeout(() => this.#watchIdleness(), timeout - idle);
  }

  #endIfDone(): void {
    if (this.#stopping === undefined) return;
    if (this.commands.running === 0 && this.#connections.size === 0) {
      clearTimeout(this.#lastAnswers);
      this.onEnd();
      this.onEnd = () => {};
      return;
    }
    if (!this.commands.areAllExited) return;
    const isLast = this.#stopping === 'at once' && this.commands.running === 0;
    const patience = isLast ? LAST_ANSWERS_AT_ONCE_MS : LAST_ANSWERS_MS;
    const leavesAt = performance.now() + patience;
    if (leavesAt >= this.#leavesAt) return; // one client that leaves puts nothing off
    this.#leavesAt = leavesAt;
    clearTimeout(this.#lastAnswers);
    this.#lastAnswers = setTimeout(() => {
      for (const connection of this.#connections.keys()) connection.destroy();
      this.commands.forsakeAll(); // behind that: an exit would tell a client that its stream is whole
    }, patience);
  }
}
