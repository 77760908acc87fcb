import type { ArgumentsCamelCase, Argv, CommandModule } from 'yargs';
import { ConfigError } from '../../config/config-error.js';
import type { Terminal } from '../../terminal/terminal.js';
import { EXIT } from '../exit-codes.js';

/** What tsrootwrapctl says by its exit status, beside the engine's own codes (EXIT). */
export const CTL_EXIT = {
  ok: 0,
  /** The answer is no: findings, differences, something refused. Each subcommand says which. */
  no: 1,
  /** The command line cannot be understood. */
  usage: 2,
} as const;

/** Something that the user can mend: its message is all that is shown. */
export class UserError extends Error {
  override readonly name = 'UserError';

  constructor(
    message: string,
    readonly status: number = CTL_EXIT.usage,
  ) {
    super(message);
  }
}

/** One subcommand: how it reads its words, and what it does. */
export interface Subcommand<Options> {
  /** As yargs has it: `check <config>`. */
  readonly command: string;
  /** One sentence. */
  readonly describe: string;
  readonly builder: (yargs: Argv) => Argv<Options>;
  /**
   * @param behind the words behind `--`, as they were given; undefined without `--`
   * @returns the exit status
   */
  readonly run: (
    options: Options,
    terminal: Terminal,
    behind: readonly string[] | undefined,
  ) => number | Promise<number>;
  /** Words behind `--` are its business; for others they are a mistake. */
  readonly takesCommand?: boolean;
}

/** What the words chose: to be run once all of them are known to be right. */
export interface Chosen {
  readonly takesCommand: boolean;
  readonly run: (
    terminal: Terminal,
    behind: readonly string[] | undefined,
  ) => number | Promise<number>;
}

export function register<Options>(
  yargs: Argv,
  { command, describe, builder, run, takesCommand = false }: Subcommand<Options>,
  choose: (chosen: Chosen) => void,
): Argv {
  const module: CommandModule<unknown, Options> = {
    command,
    describe,
    builder: (words) => builder(words as Argv),
    handler: (words: ArgumentsCamelCase<Options>) => {
      const options = words as unknown as Options;
      choose({ takesCommand, run: (terminal, behind) => run(options, terminal, behind) });
    },
  };
  return yargs.command(module as CommandModule);
}

/** The exit status for an error of the user's; anything else is a fault of ours, and thrown. */
export function statusOf(error: unknown, terminal: Terminal): number {
  if (error instanceof ConfigError) {
    terminal.complain(`tsrootwrapctl: ${error.message}`);
    return EXIT.badConfig;
  }
  if (error instanceof UserError) {
    terminal.complain(`tsrootwrapctl: ${error.message}`);
    return error.status;
  }
  throw error;
}
