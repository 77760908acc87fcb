import { cleanEnvironment } from '../../exec/environment.js';
import { givenEnvironment } from '../../exec/given-environment.js';
import { identityOf, UnknownUserError } from '../../exec/identity.js';
import type { Plan } from '../../exec/plan.js';
import { pythonList } from '../../log/escape.js';
import type { Explanation } from '../../policy/explain.js';
import { baseName, type FilterSource } from '../../policy/filters/filter.js';
import { Policy } from '../../policy/policy.js';
import type { Part, Terminal } from '../../terminal/terminal.js';
import { EXIT } from '../exit-codes.js';
import { areUtf8, NOT_UTF8 } from '../utf8-words.js';
import { CTL_EXIT, type Subcommand, UserError } from './subcommand.js';

interface Options {
  readonly config: string;
  readonly json: boolean;
}

const STATUS: Readonly<Record<Explanation['outcome'], number>> = {
  allowed: CTL_EXIT.ok,
  'not-executable': EXIT.notExecutable,
  denied: EXIT.unauthorized,
};

/** `tsrootwrapctl explain CONFIG -- COMMAND ARGS`: the engine's own decision, laid out. */
export const explain: Subcommand<Options> = {
  command: 'explain <config>',
  describe: 'Say what would be decided about a command, and why',
  builder: (yargs) =>
    yargs
      .usage('Usage: tsrootwrapctl explain CONFIG -- COMMAND [ARG...]')
      .positional('config', {
        type: 'string',
        demandOption: true,
        describe: 'The rootwrap.conf',
      })
      .option('json', { type: 'boolean', default: false, describe: 'Print one JSON object' })
      .example(
        'tsrootwrapctl explain /etc/app/rootwrap.conf -- ip netns exec ns1 id',
        'Which filter allows this, and what would run',
      )
      .epilog(
        'Exit codes: 0 allowed, 2 a wrong command line, 96 executable not found, ' +
          '97 bad configuration, 98 no command, 99 denied.',
      ),
  takesCommand: true,
  run: ({ config, json }, terminal, words = []) => {
    if (words.length === 0) {
      throw new UserError(
        `no command to explain: write it behind \`--\`, as in \`tsrootwrapctl explain ${config} -- ip link\``,
        EXIT.noCommand,
      );
    }
    const policy = Policy.load(config);
    if (!areUtf8(words)) {
      // what is here are other words, which filters may well take
      if (json) terminal.printJson({ outcome: 'denied', misses: [] });
      terminal.complain(`tsrootwrapctl: denied, whatever the filters say: ${NOT_UTF8}`);
      return STATUS.denied;
    }
    const explanation = policy.explain(words);
    if (json) terminal.printJson(asJson(explanation, policy));
    else print(words, explanation, policy, terminal);
    return STATUS[explanation.outcome];
  },
};

/** Variables of this process's environment that the command would not get, and those set for it. */
interface EnvironmentChanges {
  readonly set: Readonly<Record<string, string>>;
  /** Names of variables that are taken away. */
  readonly dropped: readonly string[];
  /** PATH or HOME, where the caller's own may not be trusted. */
  readonly replaced: Readonly<Record<string, string>>;
}

interface IdentityShown {
  readonly user: string;
  /** Absent for a user that does not exist, and where it would stay as it is. */
  readonly uid?: number;
  readonly gid?: number;
  readonly groups?: readonly number[];
  readonly problem?: string;
}

function asJson(
  { outcome, filter, file, line, plan, misses }: Explanation,
  policy: Policy,
): object {
  return {
    outcome,
    filter,
    file,
    line,
    plan: plan && {
      ...plan,
      identity: identityShown(plan.user),
      environment: environmentChanges(plan, policy),
    },
    misses: misses.map(({ filter, reason, word }) => ({ ...filter, reason, word })),
  };
}

function identityShown(user: string): IdentityShown {
  try {
    const { credentials } = identityOf(user);
    if (credentials === undefined) return { user };
    const { uid, gid, groups } = credentials;
    return { user, uid, gid, groups: [...groups] };
  } catch (error) {
    if (!(error instanceof UnknownUserError)) throw error;
    return { user, problem: `${error.message}: the engine would stop with exit code 97` };
  }
}

function environmentChanges(plan: Plan, { config }: Policy): EnvironmentChanges {
  const set = plan.kind === 'command' ? plan.environment : {};
  const { home } = homeOf(plan.user);
  const given = variables(givenEnvironment());
  const clean = variables(cleanEnvironment(givenEnvironment(), home, config.envKeep));
  const replaced = [...clean].filter(([name, value]) => given.get(name) !== value);
  return {
    set,
    dropped: [...given.keys()].filter((name) => !clean.has(name)),
    replaced: Object.fromEntries(replaced),
  };
}

function homeOf(user: string): { readonly home: string } {
  try {
    return identityOf(user);
  } catch {
    return { home: '/' }; // told with the identity
  }
}

/** The first of each name is the one that counts. */
function variables(entries: readonly (string | Uint8Array)[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const entry of entries) {
    const text = Buffer.from(entry).toString('utf8');
    const end = text.indexOf('=');
    if (end > 0 && !found.has(text.slice(0, end))) {
      found.set(text.slice(0, end), text.slice(end + 1));
    }
  }
  return found;
}

function print(
  words: readonly string[],
  explanation: Explanation,
  policy: Policy,
  terminal: Terminal,
): void {
  const { outcome, plan, misses } = explanation;
  const style = outcome === 'allowed' ? 'green' : 'red';
  // deeper than what follows, for which a word could pass
  terminal.print([{ text: outcome, style }, `: ${pythonList(words)}`], 0, 9);
  if (explanation.filter !== undefined) {
    terminal.print(`by ${explanation.file}:${explanation.line}: ${explanation.filter}`, 2, 4);
  }
  if (plan !== undefined) printPlan(plan, policy, terminal);
  if (misses.length > 0) {
    terminal.print(outcome === 'allowed' ? 'Asked before:' : 'What came near:', 2);
    for (const { filter, reason, word } of misses) {
      const why: Part[] =
        word === undefined ? [reason] : [{ text: word, style: 'bold' }, ` ${reason}`];
      terminal.print([`${place(filter)}: `, ...why], 4, 6);
    }
  }
  if (outcome === 'denied') printAdvice(words, explanation, policy, terminal);
}

function printPlan(plan: Plan, policy: Policy, terminal: Terminal): void {
  if (plan.kind === 'signal') {
    const { signal, pid, program } = plan;
    terminal.print(`sends signal ${signal} to process ${pid}, which runs ${program}`, 2, 4);
  } else {
    terminal.print(['runs     ', plan.file], 2, 11);
  }
  terminal.print(['argv     ', pythonList(plan.argv)], 2, 11);
  const { user, uid, gid, groups, problem } = identityShown(plan.user);
  const ids =
    uid === undefined ? ' (as this process is)' : ` (uid ${uid}, gid ${gid}, groups ${groups})`;
  terminal.print(['as       ', user, problem === undefined ? ids : `: ${problem}`], 2, 11);
  const { set, dropped, replaced } = environmentChanges(plan, policy);
  for (const [name, value] of Object.entries(set))
    terminal.print(`sets     ${name}=${value}`, 2, 11);
  for (const [name, value] of Object.entries(replaced)) {
    terminal.print(`replaces ${name}=${value}`, 2, 11);
  }
  if (dropped.length > 0) terminal.print(`drops    ${dropped.join(', ')}`, 2, 11);
  if (plan.kind === 'command' && plan.pinned.length > 0) {
    const pinned = plan.pinned.map(({ index }) => plan.argv[index]);
    terminal.print(`opens    ${pinned.join(', ')}, and hands that over, not the name`, 2, 11);
  }
}

/** Where no filter was even asked, the name may be all that is wrong. */
function printAdvice(
  words: readonly string[],
  { misses }: Explanation,
  policy: Policy,
  terminal: Terminal,
): void {
  if (misses.length > 0) return;
  const name = baseName(words[0] ?? '');
  const near = policy.filters.filter(({ exec }) => baseName(exec) === name);
  if (near.length === 0) {
    terminal.print(`No filter is about ${name}.`, 2, 4);
    return;
  }
  terminal.print(`No filter takes ${words[0]}, but there are filters for ${name}:`, 2, 4);
  for (const { source, exec } of near) terminal.print(`${place(source)}, for ${exec}`, 4, 6);
}

function place({ file, line, name }: FilterSource): string {
  return line > 0 ? `${file}:${line}: ${name}` : name;
}
