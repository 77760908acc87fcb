import { attacksOn } from '../../check/attacks/check-attacks.js';
import { atLeast, SEVERITIES, type Severity } from '../../check/finding.js';
import { callForm } from '../../policy/filters/call-form.js';
import { baseName, type Filter } from '../../policy/filters/filter.js';
import { type PolicySource, readPolicySource } from '../../policy/policy-source.js';
import { shortPath } from '../../terminal/short-path.js';
import type { Part, Terminal } from '../../terminal/terminal.js';
import { EXIT } from '../exit-codes.js';
import { CONFIG, FILTERS, once } from './policy-options.js';
import { severityPart } from './severity-style.js';
import { CTL_EXIT, type Subcommand } from './subcommand.js';

interface Options {
  readonly config: string;
  readonly filters: readonly string[] | undefined;
  readonly risk: Severity | undefined;
  readonly json: boolean;
}

/** One way in which a command may be called. */
interface Listed {
  /** Base name of its program. */
  readonly command: string;
  readonly form: string;
  readonly user: string;
  /** As the filter has it. */
  readonly exec: string;
  /** Where that is now; null where it is not installed. */
  readonly executable: string | null;
  readonly risk: Severity | 'none';
  readonly filter: string;
  readonly className: string;
  readonly file: string;
  readonly line: number;
}

/** `tsrootwrapctl list CONFIG`: what may be run, and as whom; like `sudo -l`. */
export const list: Subcommand<Options> = {
  command: 'list <config>',
  describe: 'List what may be run, as whom, and how risky that is',
  builder: (yargs) =>
    yargs
      .usage('Usage: tsrootwrapctl list CONFIG [OPTION...]')
      .positional('config', CONFIG)
      .option('filters', FILTERS)
      .option('risk', {
        choices: SEVERITIES,
        requiresArg: true,
        coerce: once<Severity | undefined>('risk'),
        describe: 'Only what is at least this risky, by the findings of check',
      })
      .option('json', { type: 'boolean', default: false, describe: 'Print one JSON object' })
      .example(
        'tsrootwrapctl list /etc/app/rootwrap.conf --risk high',
        'The commands that give away root',
      )
      .epilog(
        'Exit codes: 0 listed, 2 wrong usage, 97 the engine would refuse the configuration (what can be read is listed).',
      ),
  run: ({ config, filters, risk, json }, terminal) => {
    const source = readPolicySource(config, filters);
    const listed = commandsOf(source).filter(
      (entry) => risk === undefined || (entry.risk !== 'none' && atLeast(entry.risk, risk)),
    );
    const refused = source.problems.length > 0;
    if (json) terminal.printJson({ commands: listed, refused });
    else print(listed, source, terminal);
    for (const { message } of source.problems) terminal.complain(`tsrootwrapctl: ${message}`);
    if (!refused) return CTL_EXIT.ok;
    terminal.complain('tsrootwrapctl: the engine would refuse this policy, with exit code 97');
    return EXIT.badConfig;
  },
};

/** By the names of commands; those of one command in the engine's order. */
function commandsOf(source: PolicySource): Listed[] {
  return source.policy.filters
    .map((filter) => toListed(filter, source))
    .sort((a, b) => (a.command === b.command ? 0 : a.command < b.command ? -1 : 1));
}

function toListed(filter: Filter, source: PolicySource): Listed {
  const { name, className, file, line } = filter.source;
  return {
    command: baseName(filter.exec),
    form: callForm(filter),
    user: filter.user,
    exec: filter.exec,
    executable: source.policy.findExecutable(filter.exec) ?? null,
    risk: riskOf(filter, source),
    filter: name,
    className,
    file,
    line,
  };
}

/** The worst that check finds a hostile caller could do with a filter. */
function riskOf(filter: Filter, { policy }: PolicySource): Severity | 'none' {
  const found = attacksOn({ source: filter.source, words: [], filter }, policy);
  return SEVERITIES.find((level) => found.some(({ severity }) => severity === level)) ?? 'none';
}

function print(listed: readonly Listed[], { policy }: PolicySource, terminal: Terminal): void {
  let command: string | undefined;
  for (const entry of listed) {
    if (command !== undefined && command !== entry.command) terminal.print();
    if (command !== entry.command) {
      // what a name holds must not pass for lines of this list
      terminal.print({ text: entry.command, style: 'bold' }, 0, 8);
    }
    command = entry.command;
    terminal.print(entry.form, 2, 6);
    terminal.print([`as ${entry.user}, `, ...whereFrom(entry), ', risk ', riskPart(entry)], 4, 6);
    const place = entry.line > 0 ? `${shortPath(entry.file)}:${entry.line}` : entry.file;
    terminal.print({ text: `${entry.filter}, ${place}`, style: 'dim' }, 4, 6);
  }
  if (listed.length > 0) terminal.print();
  terminal.print(`${listed.length} of ${policy.filters.length} filters.`);
}

function whereFrom({ executable, exec }: Listed): Part[] {
  if (executable !== null) return [executable];
  return [`${exec} `, { text: 'not installed', style: 'yellow' }];
}

function riskPart({ risk }: Listed): Part {
  return risk === 'none' ? 'none found' : severityPart(risk);
}
