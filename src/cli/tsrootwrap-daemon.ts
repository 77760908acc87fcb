import { randomBytes } from 'node:crypto';
import { writeSync } from 'node:fs';
import { basename } from 'node:path';
import { ConfigError } from '../config/config-error.js';
import { Commands } from '../daemon/commands.js';
import { Connection } from '../daemon/connection.js';
import { Daemon } from '../daemon/daemon.js';
import { Listener } from '../daemon/listener.js';
import { removeStale, SocketDirectory, SocketDirectoryError } from '../daemon/socket-directory.js';
import {
  discard,
  isPipe,
  standardConnection,
  standardPeer,
  watchParent,
} from '../daemon/standard-streams.js';
import { callerUid } from '../exec/caller.js';
import { givenEnvironment } from '../exec/environment.js';
import { complain, Log } from '../log/log.js';
import { Policy } from '../policy/policy.js';
import { VERSION } from '../wire/version.js';
import { EXIT } from './exit-codes.js';

const USAGE = `Usage: tsrootwrap-daemon [--stdio] CONFIG

Runs commands for its caller as tsrootwrap does, without a start for each.

  sudo tsrootwrap-daemon /etc/app/rootwrap.conf

  --stdio  speak on standard input and output instead of a socket,
           for example through ssh

Signals: TERM and INT end it when what runs has ended, a second one at once;
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
  try {
    serve(name, file, Policy.load(file), stdio).catch((error: unknown) => {
      process.exit(notStarted(name, error));
    });
    return undefined;
  } catch (error) {
    return notStarted(name, error);
  }
}

function notStarted(name: string, error: unknown): number {
  if (error instanceof ConfigError) {
    complain(name, error.message);
    return EXIT.badConfig;
  }
  if (error instanceof SocketDirectoryError) {
    complain(name, error.message);
    return EXIT.cannotRun;
  }
  throw error;
}

async function serve(name: string, file: string, policy: Policy, stdio: boolean): Promise<void> {
  let log = startLog(name, policy);
  const daemon = new Daemon(policy, log, new Commands(policy, log, givenEnvironment()));
  let directory: SocketDirectory | undefined;
  const end = (status: number) => {
    const left = directory?.remove();
    if (left !== undefined) log.error(left);
    process.exit(status);
  };
  daemon.onEnd = () => end(0);
  endOnSignals(daemon);
  process.on('uncaughtException', (error) => {
    log.error(`A fault, and the end: ${error.stack ?? error.message}`);
    end(EXIT.cannotRun);
  });
  process.on('SIGHUP', () => {
    try {
      const policy = Policy.load(file);
      log = startLog(name, policy);
      daemon.use(policy, log);
      log.info(() => `Read ${file} and its filters again`);
    } catch (error) {
      log.error(`Kept the configuration as it was: ${(error as Error).message}`);
    }
  });

  if (stdio) {
    const { input, output } = standardConnection();
    const peer = standardPeer(callerUid());
    const connection = new Connection(input, output, peer, daemon.limits.maxFrame);
    daemon.serveObjects(connection);
    input.on('end', () => daemon.stop('standard input has ended'));
    return;
  }

  const { directory: base } = policy.config.daemon;
  for (const removed of await removeStale(base)) {
    log.warning(`Removed ${removed}, which a daemon that was killed had left behind`);
  }
  const key = randomBytes(KEY_BYTES);
  const owner = callerUid();
  directory = SocketDirectory.make(base);
  const listener = await Listener.listen(
    directory.socketPath,
    { key, owner, limits: () => daemon.limits },
    { connected: (connection) => daemon.serve(connection), refused: (what) => log.error(what) },
  );
  daemon.onStop = () => listener.close();
  directory.handOver(owner);
  writeSync(1, Buffer.concat([Buffer.from(`${directory.socketPath}\n`), key]));
  discard(1);
  if (isPipe(2)) discard(2); // one that nobody reads would stop the daemon one day
  watchParent(() => daemon.stop('the parent is gone'));
}

function startLog(name: string, policy: Policy): Log {
  const log = new Log(name, policy.config);
  for (const { file, line, problem } of policy.warnings) log.warning(`${file}:${line}: ${problem}`);
  return log;
}

/** The first TERM or INT is a request, the second an order. */
function endOnSignals(daemon: Daemon): void {
  let asked = false;
  const stop = (signal: NodeJS.Signals) => {
    if (asked) daemon.stopAtOnce(`a second signal, ${signal}`);
    else daemon.stop(signal);
    asked = true;
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('SIGUSR1', () => {}); // otherwise Node opens its debugger
}
