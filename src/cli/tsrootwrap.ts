import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { become } from '../exec/become.js';
import { CALLER_UID, caller, callerUid } from '../exec/caller.js';
import { commandImage } from '../exec/command-image.js';
import { cleanEnvironment } from '../exec/environment.js';
import { givenEnvironment } from '../exec/given-environment.js';
import { identityOf, UnknownUserError } from '../exec/identity.js';
import { softNofileLimit } from '../exec/nofile.js';
import { isExchangedPath } from '../exec/pins.js';
import type { Plan } from '../exec/plan.js';
import { sendSignal } from '../exec/send-signal.js';
import { stayAsParent } from '../exec/stay-as-parent.js';
import { complain, type Log } from '../log/log.js';
import { Observations } from '../log/observations.js';
import { withoutValues } from '../log/secrets.js';
import { executing, notFound, unauthorized } from '../log/wording.js';
import type { Policy } from '../policy/policy.js';
import { isPosixError, type PosixError } from '../posix/addon.js';
import { EXIT } from './exit-codes.js';
import { loadPolicy, openLog } from './load-policy.js';
import { areUtf8, NOT_UTF8 } from './utf8-words.js';

const USAGE = `Usage: tsrootwrap CONFIG COMMAND [ARG...]

Runs COMMAND if the filters that CONFIG names allow it, as the user they say.

  sudo tsrootwrap /etc/app/rootwrap.conf ip netns list

Exit codes: 96 executable not found, 97 bad configuration, 98 no command,
99 not allowed; otherwise those of COMMAND. See tsrootwrap(1).
`;

/**
 * The one-shot executable: decides about one command and becomes it.
 *
 * @param argv the words after the executable's name
 * @param invokedAs path the executable was called by
 * @returns an exit code, when the command did not take this process's place
 */
export function main(argv: readonly string[], invokedAs: string): number {
  const name = basename(invokedAs);
  const [file, ...command] = argv;
  if (file === '--help' || file === '--version') return inform(file);
  if (file === undefined || command.length === 0) {
    complain(name, 'No command specified');
    return EXIT.noCommand;
  }
  const policy = loadPolicy(name, file);
  if (policy === undefined) return EXIT.badConfig;
  const log = openLog(name, policy);
  const observations = new Observations(policy.config.observe, log);
  const asker = { uid: callerUid(), pid: process.pid };
  if (!areUtf8(command)) {
    log.error(unauthorized(command, NOT_UTF8), unauthorized(withoutValues(command), NOT_UTF8));
    observations.note(command, { outcome: 'denied' }, asker, 'altered');
    return EXIT.unauthorized;
  }
  const decision = policy.decide(command);
  // The log comes first: a caller can have the other file fail, and end this process while it says so.
  const note = () => observations.note(command, decision, asker);
  switch (decision.outcome) {
    case 'denied':
      log.error(
        unauthorized(command, decision.why),
        unauthorized(withoutValues(command), decision.why),
      );
      note();
      return EXIT.unauthorized;
    case 'not-executable':
      log.error(notFound(decision.exec, decision.filter.name));
      note();
      return EXIT.notExecutable;
    case 'allowed':
      return run(decision.plan, decision.filter.name, policy, log, note);
  }
}

/**
 * Carries out a plan; returns only when the command could not take this process's place.
 *
 * @param note to be called once the log has been told
 */
function run(plan: Plan, filter: string, policy: Policy, log: Log, note: () => void): number {
  try {
    const identity = identityOf(plan.user);
    log.info(() => executing(caller(), plan, filter));
    note();
    if (plan.kind === 'command') {
      const clean = [
        ...cleanEnvironment(givenEnvironment(), identity.home, policy.config.envKeep),
        `${CALLER_UID}=${callerUid()}`,
      ];
      const softNofile = softNofileLimit(policy.config.rlimitNofile);
      const image = commandImage(plan, identity, { clean, softNofile });
      if (policy.config.signalExitCode) stayAsParent(image);
      become(image);
    }
    if (sendSignal(plan, identity)) return 0;
    log.error(unauthorized(plan.argv, 'the process is another one now'));
    return EXIT.unauthorized;
  } catch (error) {
    if (error instanceof UnknownUserError) {
      log.error(`${error.message} (filter match = ${filter}): create it or correct the filter`);
      note();
      return EXIT.badConfig;
    }
    if (!isPosixError(error)) throw error;
    return failed(plan, filter, error, log);
  }
}

function failed(plan: Plan, filter: string, error: PosixError, log: Log): number {
  const what = `${plan.argv.join(' ')} (filter match = ${filter})`;
  if (isExchangedPath(error)) {
    log.error(`Unauthorized command: ${what}: a path changed while it was checked`);
    return EXIT.unauthorized;
  }
  log.error(`Cannot run ${what}: ${error.message}`);
  return plan.kind === 'signal' ? 1 : EXIT.cannotRun; // 1 is what kill(1) answers
}

function inform(option: '--help' | '--version'): number {
  const manifest = `${import.meta.dirname}/../../package.json`;
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
  process.stdout.write(option === '--help' ? USAGE : `tsrootwrap ${version}\n`);
  return 0;
}
