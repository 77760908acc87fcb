import yargs, { type Argv } from 'yargs';
import { Terminal } from '../terminal/terminal.js';
import { VERSION } from '../wire/version.js';
import { batch } from './ctl/batch.js';
import { check } from './ctl/check.js';
import { completionOf } from './ctl/completion.js';
import { diff } from './ctl/diff.js';
import { explain } from './ctl/explain.js';
import { init } from './ctl/init.js';
import { list } from './ctl/list.js';
import { type Chosen, CTL_EXIT, register, statusOf } from './ctl/subcommand.js';
import { suggest } from './ctl/suggest.js';

/**
 * The tool for those who write, review and try policies: one subcommand each.
 *
 * @param argv the words after the executable's name
 * @returns the exit status
 */
export async function main(
  argv: readonly string[],
  terminal = new Terminal(process.stdout, process.stderr),
): Promise<number> {
  // yargs never sees a command that is to be judged: it would read 0x10 as a number, and write 16
  const dashes = argv.indexOf('--');
  const words = dashes === -1 ? [...argv] : argv.slice(0, dashes);
  const behind = dashes === -1 ? undefined : argv.slice(dashes + 1);
  const { chosen, problem, shown } = await read(words, terminal.columns);
  if (problem !== undefined) return misused(problem, terminal);
  terminal.printText(shown);
  if (chosen === undefined) return CTL_EXIT.ok;
  if (behind !== undefined && !chosen.takesCommand) {
    return misused('`--` is for the command of explain', terminal);
  }
  try {
    return await chosen.run(terminal, behind);
  } catch (error) {
    return statusOf(error, terminal);
  }
}

function misused(problem: string, terminal: Terminal): number {
  terminal.complain(`tsrootwrapctl: ${problem}; see tsrootwrapctl --help`);
  return CTL_EXIT.usage;
}

interface Read {
  readonly chosen?: Chosen;
  /** Why the words make no sense. */
  readonly problem?: string;
  /** What yargs itself has to say: the text of --help or --version. */
  readonly shown: string;
}

function read(words: readonly string[], columns: number): Promise<Read> {
  let chosen: Chosen | undefined;
  let problem: string | undefined;
  const parser = withSubcommands(yargs([...words]), (subcommand) => {
    chosen = subcommand;
  })
    .wrap(columns)
    .fail((message, error) => {
      problem = message ?? error.message;
    });
  return new Promise((resolve) => {
    parser.parse([...words], {}, (_error, _argv, output) => {
      const shown = output === '' ? '' : `${output}\n`;
      resolve({ ...(chosen && { chosen }), ...(problem !== undefined && { problem }), shown });
    });
  });
}

function withSubcommands(words: Argv, choose: (chosen: Chosen) => void): Argv {
  register(words, batch, choose);
  register(words, check, choose);
  register(words, completionOf([batch, check, diff, explain, init, list, suggest]), choose);
  register(words, diff, choose);
  register(words, explain, choose);
  register(words, init, choose);
  register(words, list, choose);
  register(words, suggest, choose);
  return words
    .scriptName('tsrootwrapctl')
    .usage(
      'Usage: tsrootwrapctl SUBCOMMAND ...\n\nMakes, judges and tries the policies of tsrootwrap.',
    )
    .example(
      'tsrootwrapctl check /etc/app/rootwrap.conf',
      'What in this policy gives away too much',
    )
    .epilog('tsrootwrapctl SUBCOMMAND --help says more. See tsrootwrapctl(8).')
    .demandCommand(1, 'which subcommand?')
    .strict()
    .locale('en')
    .version(`tsrootwrapctl ${VERSION}`)
    .help()
    .exitProcess(false);
}
