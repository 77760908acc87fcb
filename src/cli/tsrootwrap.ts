import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { become } from '../exec/become.js';
import { callerUid, UnclearCallerError } from '../exec/caller.js';
import { commandImage } from '../exec/command-image.js';
import { cleanEnvironment } from '../exec/environment.js';
import { givenEnvironment } from '../exec/given-environment.js';
import { identityOf, UnknownUserError } from '../exec/identity.js';
import { softNofileLimit } from '../exec/nofile.js';
import { isExchangedPath } from '../exec/pins.js';
import type { Plan } from '../exec/plan.js';
import { sendSignal } from '../exec/send-signal.js';
import { stayAsParent } from '../exec/stay-as-parent.js';
import { commandText } from '../log/command-text.js';
import { type Log, UnloggedError } from '../log/log.js';
import { Observations } from '../log/observations.js';
import { complain } from '../log/standard-error.js';
import {
  type Asker,
  executing,
  notFound,
  unauthorized,
  unauthorizedPlain,
} from '../log/wording.js';
import type { Allowed } from '../policy/decision.js';
import type { Policy } from '../policy/policy.js';
import { isPosixError } from '../posix/addon.js';
import { EXIT } from './exit-codes.js';
import { loadPolicy, openLog } from './load-policy.js';
import { areUtf8, exactWords, NOT_UTF8 } from './utf8-words.js';

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
  const asker = askerOf(command, log);
  if (asker === undefined) return EXIT.badConfig;
  if (!areUtf8(command)) {
    refuse(command, exactWords(command.length), NOT_UTF8, asker, log);
    observations.note(command, { outcome: 'denied' }, asker, 'altered');
    return EXIT.unauthorized;
  }
  const decision = policy.decide(command);
  // The log comes first: a caller can have the other file fail, and end this process while it says so.
  const note = () => observations.note(command, decision, asker);
  switch (decision.outcome) {
    case 'denied':
      refuse(command, command, decision.why, asker, log);
      note();
      return EXIT.unauthorized;
    case 'not-executable':
      log.refused(asker, notFound(decision.exec, decision.filter.name));
      note();
      return EXIT.notExecutable;
    case 'allowed':
      return new OneRun(decision, policy, log, asker).run(note);
  }
}

/** Undefined, with a complaint, when what sudo and doas say does not go together. */
function askerOf(command: readonly string[], log: Log): Asker | undefined {
  const { pid } = process;
  try {
    return { uid: callerUid(), pid };
  } catch (error) {
    if (!(error instanceof UnclearCallerError)) throw error;
    const record = `${error.message}: ${commandText(command)}`;
    log.refused({ uid: process.getuid?.() ?? -1, pid }, record, error.message);
    return undefined;
  }
}

/** @param exact the words for the log */
function refuse(
  words: readonly string[],
  exact: readonly string[],
  why: string | undefined,
  asker: Asker,
  log: Log,
): void {
  log.refused(asker, unauthorized(exact, why), unauthorizedPlain(words, why));
}

/** Carrying out one plan. */
class OneRun {
  readonly #plan: Plan;
  readonly #filter: string;
  readonly #policy: Policy;
  readonly #log: Log;
  readonly #asker: Asker;

  constructor({ plan, filter }: Allowed, policy: Policy, log: Log, asker: Asker) {
    this.#plan = plan;
    this.#filter = filter.name;
    this.#policy = policy;
    this.#log = log;
    this.#asker = asker;
  }

  /**
   * Carries it out; returns only when the command could not take this process's place.
   *
   * @param note to be called once the log has been told
   */
  run(note: () => void): number {
    const plan = this.#plan;
    try {
      const identity = identityOf(plan.user);
      this.#log.executing(this.#asker, (caller) => executing(caller, plan, this.#filter));
      note();
      if (plan.kind === 'command') {
        const { envKeep } = this.#policy.config;
        const clean = cleanEnvironment(givenEnvironment(), identity.home, envKeep);
        const softNofile = softNofileLimit(this.#policy.config.rlimitNofile);
        const image = commandImage(plan, identity, this.#asker, { clean, softNofile });
        if (this.#policy.config.signalExitCode) stayAsParent(image);
        become(image);
      }
      if (sendSignal(plan, identity)) return 0;
      return this.#unauthorized('the process is another one now');
    } catch (error) {
      if (error instanceof UnloggedError) return this.#failed(error, EXIT.badConfig);
      if (error instanceof UnknownUserError) {
        const match = `(filter match = ${this.#filter})`;
        this.#log.refused(
          this.#asker,
          `${error.message} ${match}: create it or correct the filter`,
        );
        note();
        return EXIT.badConfig;
      }
      if (!isPosixError(error)) throw error;
      if (isExchangedPath(error)) return this.#unauthorized('a path changed while it was checked');
      return this.#failed(error, plan.kind === 'signal' ? 1 : EXIT.cannotRun); // 1 as of kill(1)
    }
  }

  #unauthorized(why: string): number {
    const { argv } = this.#plan;
    refuse(argv, argv, why, this.#asker, this.#log);
    return EXIT.unauthorized;
  }

  #failed({ message }: Error, status: number): number {
    const { argv } = this.#plan;
    const says = (words: string) =>
      `Cannot run ${words} (filter match = ${this.#filter}): ${message}`;
    this.#log.refused(this.#asker, says(commandText(argv)), says(argv.join(' ')));
    return status;
  }
}

function inform(option: '--help' | '--version'): number {
  const manifest = `${import.meta.dirname}/../../package.json`;
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
  process.stdout.write(option === '--help' ? USAGE : `tsrootwrap ${version}\n`);
  return 0;
}
