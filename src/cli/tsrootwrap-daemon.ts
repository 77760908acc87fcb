import { randomBytes } from 'node:crypto';
import { writeSync } from 'node:fs';
import { basename } from 'node:path';
import { Commands } from '../daemon/commands.js';
import { Connection } from '../daemon/connection.js';
import { Daemon } from '../daemon/daemon.js';
import { fewDescriptors } from '../daemon/few-descriptors.js';
import { Listener } from '../daemon/listener.js';
import { Memory } from '../daemon/memory.js';
import { removeStale, SocketDirectory, SocketDirectoryError } from '../daemon/socket-directory.js';
import {
  discard,
  isPipe,
  standardConnection,
  standardPeer,
  unfit,
  watchParent,
} from '../daemon/standard-streams.js';
import { callerUid, UnclearCallerError } from '../exec/caller.js';
import { givenEnvironment } from '../exec/given-environment.js';
import type { Log } from '../log/log.js';
import { complain } from '../log/standard-error.js';
import { Policy } from '../policy/policy.js';
import { isPosixError } from '../posix/addon.js';
import { endOnSignals } from '../posix/end-on-signals.js';
import { VERSION } from '../wire/version.js';
import { EXIT } from './exit-codes.js';
import { loadPolicy, openLog, warnOf } from './load-policy.js';

const USAGE = `Usage: tsrootwrap-daemon [--stdio] CONFIG

Runs commands for its caller as tsrootwrap does, without a start for each.

  sudo tsrootwrap-daemon /etc/app/rootwrap.conf

  --stdio  speak on standard input and output instead of a socket,
           for example through ssh

Signals: TERM and INT end it when what runs has ended, a second one, more than
a second later, at once;
HUP reads the configuration again. See tsrootwrap-daemon(1).
`;

const KEY_BYTES = 32;

/**
 * The daemon. Ends the process by itself, later, when it has begun to serve.
 *
 * @param argv the words after the executable's name
 * @param invokedAs path the executable was called by
 * @returns an exit code when it does not serve
 */
export function main(argv: readonly string[], invokedAs: string): number | undefined {
  const name = basename(invokedAs);
  const [first] = argv;
  if (argv.length === 1 && (first === '--help' || first === '--version')) {
    process.stdout.write(first === '--help' ? USAGE : `tsrootwrap-daemon ${VERSION}\n`);
    return 0;
  }
  const stdio = first === '--stdio';
  const [file, ...extra] = stdio ? argv.slice(1) : argv;
  if (file === undefined || extra.length > 0) {
    complain(name, file === undefined ? 'No configuration file' : 'Extra arguments to daemon');
    return EXIT.noCommand;
  }
  const problem = stdio ? unfit() : undefined;
  if (problem !== undefined) {
    complain(name, problem);
    return EXIT.cannotRun;
  }
  const policy = loadPolicy(name, file);
  if (policy === undefined) return EXIT.badConfig;
  const log = openLog(name, policy, true);
  const caller = callerOf(log);
  if (caller === undefined) return EXIT.badConfig;
  const service = new Service(file, policy, log, caller);
  if (stdio) service.serveStandardStreams();
  else service.serveSocket().catch((error: Error) => service.giveUp(error));
  return undefined;
}

/** The uid; undefined, with a complaint, when what sudo and doas say does not go together. */
function callerOf(log: Log): number | undefined {
  try {
    return callerUid();
  } catch (error) {
    if (!(error instanceof UnclearCallerError)) throw error;
    log.refused({ uid: process.getuid?.() ?? -1, pid: process.pid }, error.message);
    return undefined;
  }
}

/** The daemon as a process: its signals, its socket's directory, its end. */
class Service {
  readonly #file: string;
  readonly #policy: Policy;
  readonly #daemon: Daemon;
  readonly #log: Log;
  /** uid of who started it, for whom it serves. */
  readonly #caller: number;
  #directory: SocketDirectory | undefined;

  constructor(file: string, policy: Policy, log: Log, caller: number) {
    this.#file = file;
    this.#policy = policy;
    this.#log = log;
    this.#caller = caller;
    const memory = new Memory(policy.config.daemon);
    const commands = new Commands(policy, this.#log, givenEnvironment(), memory);
    this.#daemon = new Daemon(policy, this.#log, commands, memory);
    this.#tellOfDescriptors(policy);
    this.#daemon.onEnd = () => this.#end(0);
    endOnSignals(this.#daemon);
    process.on('SIGHUP', () => this.#reload());
    process.on('uncaughtException', (error) => this.giveUp(error));
  }

  /** Frames on standard input and output, until either is closed. */
  serveStandardStreams(): void {
    const daemon = this.#daemon;
    const { input, output } = standardConnection();
    const peer = standardPeer(this.#caller);
    const share = daemon.memory.forConnection();
    if (share === undefined) throw new Error('no memory for one connection');
    const { memory, limits } = daemon;
    const connection = new Connection(input, output, peer, limits.maxFrame, memory, share);
    daemon.serveObjects(connection);
    connection.onInputEnd = () => daemon.stop('standard input has ended');
    input.on('close', () => {
      // there will be no other; but behind its end, requests that it brought may wait for their turn
      if (connection.closed) daemon.stop('the connection is closed');
    });
  }

  /** Frames on a socket, whose path and key go to standard output. @throws SocketDirectoryError */
  async serveSocket(): Promise<void> {
    const daemon = this.#daemon;
    const { directory: base } = this.#policy.config.daemon;
    for (const removed of await removeStale(base)) {
      this.#log.warning(`Removed ${removed}, which a daemon that was killed had left behind`);
    }
    const directory = SocketDirectory.make(base);
    this.#directory = directory;
    const key = randomBytes(KEY_BYTES);
    const owner = this.#caller;
    const listener = await Listener.listen(
      directory.socketPath,
      { key, owner, memory: daemon.memory, limits: () => daemon.limits },
      {
        connected: (connection) => daemon.serve(connection),
        refused: (peer, why) => this.#log.refused(peer, why),
        failed: (what) => this.#log.error(what),
      },
    );
    daemon.onStop = () => listener.close();
    directory.handOver(owner);
    writeSync(1, Buffer.concat([Buffer.from(`${directory.socketPath}\n`), key]));
    discard(1);
    if (isPipe(2)) discard(2); // who waits for its end has it
    watchParent(() => daemon.stop('the parent is gone'));
  }

  /** Ends at once; what runs is left to itself. */
  giveUp(error: Error): never {
    const fault = !(error instanceof SocketDirectoryError || isPosixError(error));
    this.#log.error(fault ? `A fault of tsrootwrap's own: ${error.stack}` : error.message);
    return this.#end(EXIT.cannotRun);
  }

  #end(status: number): never {
    const left = this.#directory?.remove();
    if (left !== undefined) this.#log.error(left);
    this.#log.close();
    process.exit(status);
  }

  #tellOfDescriptors(policy: Policy): void {
    const problem = fewDescriptors(policy.config.daemon);
    if (problem !== undefined) this.#log.warning(problem);
  }

  /** The configuration and the filters that hold from now on; the old ones if these are broken. */
  #reload(): void {
    try {
      const policy = Policy.load(this.#file);
      this.#log.use(policy.config);
      warnOf(policy, this.#log);
      this.#daemon.use(policy);
      this.#tellOfDescriptors(policy);
      this.#log.info(() => `Read ${this.#file} and its filters again`);
    } catch (error) {
      this.#log.error(`Kept the configuration as it was: ${(error as Error).message}`);
    }
  }
}
