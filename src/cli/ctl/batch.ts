import { join } from 'node:path';
import { BatchError } from '../../batch/batch-error.js';
import { readInput } from '../../batch/batch-input.js';
import { type AllowedLine, type Checked, checkCommands } from '../../batch/check-commands.js';
import { readCommands } from '../../batch/read-commands.js';
import { statusOfSignal } from '../../batch/report.js';
import { notRun, runBatch } from '../../batch/run-batch.js';
import { Policy } from '../../policy/policy.js';
import { BatchPrinter } from './batch-printer.js';
import { type Subcommand, UserError } from './subcommand.js';

interface Options {
  readonly config: string;
  readonly file: string;
  readonly jobs: number;
  readonly 'keep-going': boolean;
  readonly 'dry-run': boolean;
  readonly sudo: boolean;
  readonly json: boolean;
}

/** What a daemon runs at once unless its configuration says something else. */
const MOST_JOBS = 128;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** The daemon of this package, by this process's own node, with the launcher's debugger port. */
const OWN_DAEMON = [
  process.execPath,
  '--inspect-port=[ff00::]:9229',
  join(import.meta.dirname, '../../../bin/program.js'),
  'tsrootwrap-daemon',
];
const SUDO_DAEMON = ['sudo', '-n', 'tsrootwrap-daemon'];

/** `tsrootwrapctl batch CONFIG [FILE]`: many commands through one daemon, all checked before. */
export const batch: Subcommand<Options> = {
  command: 'batch <config> [file]',
  describe: 'Check all commands of a file, then run them through one daemon',
  builder: (yargs) =>
    yargs
      .usage('Usage: tsrootwrapctl batch CONFIG [FILE|-] [OPTION...]')
      .positional('config', {
        type: 'string',
        demandOption: true,
        describe: 'The rootwrap.conf',
      })
      .positional('file', {
        type: 'string',
        default: '-',
        describe: 'Commands, one a line, quoted as for a shell; - is standard input',
      })
      .option('jobs', { type: 'number', default: 1, describe: 'How many run at once' })
      .option('keep-going', {
        type: 'boolean',
        default: false,
        describe: 'Run what is allowed, whatever is refused or fails',
      })
      .option('dry-run', {
        type: 'boolean',
        default: false,
        describe: 'Say what would run, and run nothing',
      })
      .option('sudo', {
        type: 'boolean',
        default: false,
        describe: 'Start the daemon by `sudo -n tsrootwrap-daemon --stdio CONFIG`',
      })
      .option('json', {
        type: 'boolean',
        default: false,
        describe: 'Print a JSON object for each command, on a line, as it ends',
      })
      .example(
        'printf "ip link set eth0 up\\n" | tsrootwrapctl batch /etc/app/rootwrap.conf --dry-run',
        'What would run',
      )
      .epilog(
        'Exit codes: the highest of 0 all went well, the exit codes of the commands (128 and the ' +
          'number of a signal that killed one), 2 a line cannot be read, 96 executable not found, ' +
          '99 denied, 126 a command could not be started or its daemon was lost; 97 bad ' +
          'configuration; 130, 143 or 129 when SIGINT, SIGTERM or SIGHUP ended the batch; 2 also ' +
          'for a wrong command line. Nothing runs while a line is refused, unless --keep-going.',
      ),
  run: async (options, terminal) => {
    const { config, file, jobs, 'keep-going': keepGoing, 'dry-run': dryRun, json } = options;
    if (!Number.isInteger(jobs) || jobs < 1 || jobs > MOST_JOBS) {
      throw new UserError(`--jobs must be a whole number from 1 to ${MOST_JOBS}`);
    }
    const policy = Policy.load(config);
    const printer = new BatchPrinter(terminal, file === '-' ? '(standard input)' : file, json);
    const checked = checkCommands(await linesOf(file), policy);
    for (const report of checked.refused) printer.ended(report);
    if (dryRun) return told(checked, printer);
    if (checked.refused.length > 0 && !keepGoing) {
      for (const line of checked.allowed) printer.ended(notRun(line));
      printer.advise('Nothing ran: mend these lines, or run the others with --keep-going.');
      return printer.finish();
    }
    return run(checked.allowed, options, printer);
  },
};

async function linesOf(file: string): Promise<ReturnType<typeof readCommands>> {
  try {
    return readCommands(await readInput(file));
  } catch (error) {
    if (error instanceof BatchError) throw new UserError(error.message);
    throw error;
  }
}

/** Says of each allowed line what would run. */
function told({ allowed }: Checked, printer: BatchPrinter): number {
  for (const { line, words, plan } of allowed) {
    printer.ended({ line, outcome: 'allowed', command: words, plan });
  }
  return printer.finish();
}

async function run(
  lines: readonly AllowedLine[],
  { config, jobs, 'keep-going': keepGoing, sudo }: Options,
  printer: BatchPrinter,
): Promise<number> {
  const interruption = new Interruption();
  process.once('exit', unfinished);
  try {
    await runBatch(lines, {
      daemon: [...(sudo ? SUDO_DAEMON : OWN_DAEMON), '--stdio', config],
      jobs,
      keepGoing,
      cancelSignal: interruption.cancelSignal,
      onStart: (line) => printer.started(line, lines.length),
      onEnd: (report) => printer.ended(report),
    });
  } finally {
    process.off('exit', unfinished);
    interruption.end();
  }
  const { by } = interruption;
  if (printer.hasFailures && !sudo && process.geteuid?.() !== 0) {
    printer.advise(
      'Commands ran as you, since you are not root: --sudo runs them as their filters say.',
    );
  }
  const status = printer.finish();
  return by === undefined ? status : statusOfSignal(by);
}

/** Whoever read our output has gone before all has run, and that must not look like success. */
function unfinished(): void {
  process.exitCode = statusOfSignal('SIGPIPE');
}

/** The first signal ends what runs, and is waited for; the second ends this process as usual. */
class Interruption {
  readonly #controller = new AbortController();
  by: NodeJS.Signals | undefined;

  constructor() {
    for (const signal of SIGNALS) process.on(signal, this.#take);
  }

  get cancelSignal(): AbortSignal {
    return this.#controller.signal;
  }

  end(): void {
    for (const signal of SIGNALS) process.off(signal, this.#take);
  }

  readonly #take = (signal: NodeJS.Signals): void => {
    this.by = signal;
    this.end();
    this.#controller.abort();
  };
}
