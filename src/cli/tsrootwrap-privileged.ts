import { basename } from 'node:path';
import { ConfigError } from '../config/config-error.js';
import { type RootwrapConf, readRootwrapConf } from '../config/rootwrap-conf.js';
import { callerUid, UnclearCallerError } from '../exec/caller.js';
import { commandList } from '../log/command-text.js';
import { Log, UnloggedError } from '../log/log.js';
import { complain } from '../log/standard-error.js';
import type { Asker } from '../log/wording.js';
import { isPosixError } from '../posix/addon.js';
import { resolvePath } from '../posix/resolve-path.js';
import { takeBackLimits } from '../privileged/start/caller-limits.js';
import { takeBackScheduling } from '../privileged/start/caller-scheduling.js';
import { commandFor } from '../privileged/start/command.js';
import { type PreparedHelper, prepareHelpers } from '../privileged/start/prepare.js';
import { becomeHelper, requireChannel } from '../privileged/start/serve.js';
import {
  NoChannelError,
  StartError,
  UnknownContextError,
} from '../privileged/start/start-error.js';
import { becomeCommand } from '../privileged/start/with-command.js';
import { VERSION } from '../wire/version.js';
import { EXIT } from './exit-codes.js';
import { type PrivilegedWords, readPrivilegedWords, WordsError } from './privileged-words.js';

const USAGE = `Usage: tsrootwrap-privileged --config FILE --context NAME
       tsrootwrap-privileged --config FILE --context NAME... --user USER
                             -- COMMAND [ARG...]

The first becomes the helper of a context of privileged functions, for the
service on standard input and output. Services start it through sudo:

  sudo -n tsrootwrap /etc/app/rootwrap.conf tsrootwrap-privileged \\
    --config /etc/app/rootwrap.conf --context net

The second starts the helpers of a service and then the service itself, as
USER, for example as ExecStart of a unit:

  tsrootwrap-privileged --config /etc/app/rootwrap.conf --context net \\
    --user svc -- /usr/bin/node /opt/app/main.js

Exit codes: 97 bad configuration or modules, 98 wrong usage, 99 no such
context, 126 cannot run. See tsrootwrap-privileged(8).
`;

/**
 * The starter of helpers: reads what root's files say about a context and becomes its helper, or
 * starts several and becomes their service.
 *
 * @param argv the words after the executable's name
 * @param invokedAs path the executable was called by
 * @returns an exit code, when nothing took this process's place
 */
export async function main(argv: readonly string[], invokedAs: string): Promise<number> {
  const name = basename(invokedAs);
  if (argv.length === 1 && (argv[0] === '--help' || argv[0] === '--version')) {
    process.stdout.write(argv[0] === '--help' ? USAGE : `tsrootwrap-privileged ${VERSION}\n`);
    return 0;
  }
  let log: Log | undefined;
  let asker: Asker = { uid: process.getuid?.() ?? -1, pid: process.pid };
  try {
    const words = readPrivilegedWords(argv);
    if (process.geteuid?.() !== 0) {
      complain(name, 'only root can start a helper: start it through sudo, or from a unit');
      return EXIT.cannotRun;
    }
    if (words.command === undefined) requireChannel();
    const conf = readConf(words.config);
    log = new Log(name, conf);
    asker = { ...asker, uid: callerUid() };
    return await start(words, conf, log, asker);
  } catch (error) {
    const { status, message } = explained(error);
    if (log === undefined) complain(name, message);
    else log.refused(asker, message);
    return status;
  }
}

/**
 * @throws {ConfigError} as `readRootwrapConf`, and where others could have put another file of root's
 * in the place of this one
 */
function readConf(file: string): RootwrapConf {
  if (resolvePath(file)?.exchangeable !== false) {
    throw new ConfigError(
      file,
      0,
      'others could replace this file, or a directory or a link on the way to it; let root alone own and change each of them',
    );
  }
  return readRootwrapConf(file);
}

async function start(
  words: PrivilegedWords,
  conf: RootwrapConf,
  log: Log,
  asker: Asker,
): Promise<never> {
  const { contexts, command } = words;
  if (command === undefined) {
    takeBackLimits();
    takeBackScheduling();
  }
  const asked = command && commandFor(command.words, command.user);
  process.chdir('/'); // where the helpers live
  const onStderr = (text: string) => log.warning(`Loading the modules: ${text.trim()}`);
  const helpers = await prepareHelpers(conf, contexts, { onStderr });
  for (const helper of helpers) log.executing(asker, (caller) => starting(caller, helper));
  if (asked === undefined) return becomeHelper(helpers[0] as PreparedHelper);
  log.executing(
    asker,
    (caller) => `(${caller} > ${asked.user.name}) Executing ${commandList(asked.argv)}`,
  );
  return becomeCommand(asked, helpers);
}

function starting(
  caller: string,
  { declaration: { name, user, capabilities } }: PreparedHelper,
): string {
  const holding = capabilities.length === 0 ? 'no capability' : capabilities.join(', ');
  return `(${caller} > ${user}) Starting the helper of context ${name} with ${holding}`;
}

function explained(error: unknown): { readonly status: number; readonly message: string } {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof WordsError || error instanceof NoChannelError)
    return { status: EXIT.noCommand, message };
  if (error instanceof UnknownContextError) return { status: EXIT.unauthorized, message };
  if (
    error instanceof ConfigError ||
    error instanceof StartError ||
    error instanceof UnclearCallerError ||
    error instanceof UnloggedError
  ) {
    return { status: EXIT.badConfig, message };
  }
  if (isPosixError(error)) return { status: EXIT.cannotRun, message };
  throw error;
}
