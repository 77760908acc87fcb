import { comparePolicies } from '../../diff/compare-policies.js';
import { type PolicySource, readPolicySource } from '../../policy/policy-source.js';
import type { Terminal } from '../../terminal/terminal.js';
import { EXIT } from '../exit-codes.js';
import { diffAsJson } from './diff-json.js';
import { printDiff } from './diff-text.js';
import { CONFIG, filtersOf } from './policy-options.js';
import { CTL_EXIT, type Subcommand } from './subcommand.js';

interface Options {
  readonly old: string;
  readonly new: string;
  readonly 'old-filters': readonly string[] | undefined;
  readonly 'new-filters': readonly string[] | undefined;
  readonly json: boolean;
}

/** `tsrootwrapctl diff OLD NEW`: what a change of policy newly allows and newly forbids. */
export const diff: Subcommand<Options> = {
  command: 'diff <old> <new>',
  describe: 'Say what a change of policy newly allows and newly forbids',
  builder: (yargs) =>
    yargs
      .usage('Usage: tsrootwrapctl diff OLD NEW [OPTION...]')
      .positional('old', { ...CONFIG, describe: `${CONFIG.describe}, as it was` })
      .positional('new', { ...CONFIG, describe: 'The same after the change' })
      .option('old-filters', filtersOf('old'))
      .option('new-filters', filtersOf('new'))
      .option('json', { type: 'boolean', default: false, describe: 'Print one JSON object' })
      .example(
        'tsrootwrapctl diff old/filters.d filters.d',
        'What a pull request that changes filters.d gives away',
      )
      .epilog(
        'Nothing runs. Every program is taken for installed, and no path for a link, so that the answer is the same on every machine.\n\nExit codes: 0 nothing newly allowed, forbidden or changed as far as examples show, 1 there is, 2 wrong usage, 97 the engine would refuse one of the two (what can be read is compared).',
      ),
  run: (options, terminal) => {
    const old = readPolicySource(options.old, options['old-filters']);
    const changed = readPolicySource(options.new, options['new-filters']);
    terminal.progress(`comparing ${options.old} with ${options.new} ...`);
    const difference = comparePolicies(old, changed);
    terminal.progress('');
    const refused = [...refusals(old, terminal), ...refusals(changed, terminal)].length > 0;
    if (options.json) terminal.printJson({ ...diffAsJson(difference), refused });
    else printDiff(difference, terminal);
    if (refused) return EXIT.badConfig;
    return difference.differences.length > 0 ? CTL_EXIT.no : CTL_EXIT.ok;
  },
};

function refusals({ path, problems }: PolicySource, terminal: Terminal): readonly Error[] {
  for (const { message } of problems) terminal.complain(`tsrootwrapctl: ${message}`);
  if (problems.length > 0) {
    terminal.complain(`tsrootwrapctl: the engine would refuse ${path}, with exit code 97`);
  }
  return problems;
}
