import { type InitChoices, type NewPolicy, newPolicy } from '../../init/new-policy.js';
import { type NextStep, nextSteps } from '../../init/next-steps.js';
import { InitRefused } from '../../init/refusal.js';
import { LeftOver, writeNew } from '../../init/write-new.js';
import type { Terminal } from '../../terminal/terminal.js';
import { CTL_EXIT, type Subcommand, UserError } from './subcommand.js';

interface Options {
  readonly dir: string;
  readonly user: string | undefined;
  readonly bin: string | undefined;
  readonly openstack: string | undefined;
  readonly 'filters-path': string | undefined;
  readonly context: readonly string[];
  readonly modules: string | undefined;
  readonly json: boolean;
}

/** `tsrootwrapctl init DIR`: a first configuration with its filters and its sudoers line. */
export const init: Subcommand<Options> = {
  command: 'init <dir>',
  describe: 'Begin a policy: rootwrap.conf, a filter file, a sudoers line',
  builder: (yargs) =>
    yargs
      .usage('Usage: tsrootwrapctl init DIR [--user NAME]')
      .positional('dir', {
        type: 'string',
        demandOption: true,
        describe: 'Where to write; made if it is missing',
      })
      .option('user', {
        type: 'string',
        requiresArg: true,
        describe: "The service's user, for sudoers",
      })
      .option('bin', {
        type: 'string',
        requiresArg: true,
        describe: 'The installed tsrootwrap; unless given, looked for where sudo looks',
      })
      .option('openstack', {
        type: 'string',
        requiresArg: true,
        describe: 'A service that used oslo.rootwrap, such as nova: its filters, names and keys',
      })
      .option('filters-path', {
        type: 'string',
        requiresArg: true,
        describe: 'Use filters that are there, in these directories, and write none',
      })
      .option('context', {
        type: 'string',
        array: true,
        nargs: 1,
        default: [],
        defaultDescription: 'none',
        describe: 'A context of privileged functions that the service may start; with --modules',
      })
      .option('modules', {
        type: 'string',
        requiresArg: true,
        describe: 'Where the modules of its privileged functions are',
      })
      .option('json', { type: 'boolean', default: false, describe: 'Print one JSON object' })
      .example(
        'sudo tsrootwrapctl init /etc/app --user svc',
        'Write /etc/app/rootwrap.conf, /etc/app/filters.d and /etc/app/sudoers',
      )
      .epilog(
        'Nothing that exists is changed, and /etc/sudoers.d is not touched. ' +
          'Exit codes: 0 written, 1 written but visudo could not check the sudoers file, ' +
          '2 refused and nothing written.',
      ),
  run: (options, terminal) => {
    const choices = choicesOf(options);
    const made = begin(choices);
    const steps = nextSteps(choices, made);
    if (options.json) terminal.printJson(asJson(made, steps));
    else print(made, steps, terminal);
    if (made.check.outcome === 'right') return CTL_EXIT.ok;
    terminal.complain(`tsrootwrapctl: ${made.sudoers} was not checked: ${made.check.problem}`);
    return CTL_EXIT.no;
  },
};

function choicesOf(options: Options): InitChoices {
  const { dir, user, bin, openstack, 'filters-path': filtersPath } = options;
  const { context: contexts, modules } = options;
  const once = { dir, user, bin, openstack, filtersPath, modules };
  for (const [name, value] of Object.entries(once)) {
    if (Array.isArray(value)) throw new UserError(`${name} is given twice; give it once`);
    if (value === '') throw new UserError(`${name} is empty; leave it out or give a value`);
  }
  return {
    directory: dir,
    contexts,
    filtersPath: filtersPath?.split(',') ?? [],
    ...(user !== undefined && { user }),
    ...(bin !== undefined && { bin }),
    ...(openstack !== undefined && { openstack }),
    ...(modules !== undefined && { modules }),
  };
}

function begin(choices: InitChoices): NewPolicy {
  try {
    const made = newPolicy(choices);
    writeNew(made.entries);
    return made;
  } catch (error) {
    if (error instanceof InitRefused || error instanceof LeftOver) {
      throw new UserError(error.message);
    }
    if (error instanceof Error && 'syscall' in error) {
      throw new UserError(`nothing was written: ${error.message}`);
    }
    throw error;
  }
}

function asJson({ entries, check }: NewPolicy, next: readonly NextStep[]): object {
  return {
    files: entries.map(({ path, mode, what }) => ({ path, mode: octal(mode), what })),
    sudoersChecked: check.outcome === 'right',
    next,
  };
}

function print({ entries }: NewPolicy, steps: readonly NextStep[], terminal: Terminal): void {
  terminal.print('Written:');
  for (const { path, mode, what } of entries) {
    terminal.print([{ text: path, style: 'bold' }, `  ${octal(mode)}  ${what}`], 2, 6);
  }
  terminal.print();
  terminal.print('What to do next:');
  for (const [index, { what, commands }] of steps.entries()) {
    terminal.print(`${index + 1}. ${what}:`, 2, 5);
    for (const command of commands) terminal.printWhole({ text: command, style: 'cyan' }, 5);
  }
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}
