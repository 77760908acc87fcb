import { bashCompletion } from '../../completion/bash.js';
import { fishCompletion } from '../../completion/fish.js';
import { type Described, type SubcommandWords, wordsOf } from '../../completion/words.js';
import { zshCompletion } from '../../completion/zsh.js';
import { CTL_EXIT, type Subcommand } from './subcommand.js';

const SHELLS = ['bash', 'zsh', 'fish'] as const;

type Shell = (typeof SHELLS)[number];

interface Options {
  readonly shell: Shell;
}

const SCRIPTS: Readonly<Record<Shell, (subcommands: readonly SubcommandWords[]) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

/**
 * `tsrootwrapctl completion SHELL`: a script that completes without starting Node.
 *
 * @param others all other subcommands
 */
export function completionOf(others: readonly Described[]): Subcommand<Options> {
  const completion: Subcommand<Options> = {
    command: 'completion <shell>',
    describe: 'Print a script that completes command lines in a shell',
    builder: (yargs) =>
      yargs
        .usage('Usage: tsrootwrapctl completion bash|zsh|fish')
        .positional('shell', {
          choices: SHELLS,
          demandOption: true,
          describe: 'The shell that is to read it',
        })
        .example('source <(tsrootwrapctl completion bash)', 'Complete in this shell')
        .epilog('Exit codes: 0 printed, 2 wrong usage.'),
    run: ({ shell }, terminal) => {
      const subcommands = [...others, completion].map(wordsOf);
      subcommands.sort((a, b) => (a.name < b.name ? -1 : 1));
      terminal.printText(SCRIPTS[shell](subcommands));
      return CTL_EXIT.ok;
    },
  };
  return completion;
}
