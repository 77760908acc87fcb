import { createReadStream } from 'node:fs';
import { checkPolicy } from '../../check/check-policy.js';
import type { Declined } from '../../suggest/draft.js';
import { LogReader, type ObservedLog } from '../../suggest/read-log.js';
import { type Suggestion, suggest as suggestFor } from '../../suggest/suggest.js';
import { countOf, examplesOf, filterLine, type NamedDraft } from '../../suggest/write-filters.js';
import type { Terminal } from '../../terminal/terminal.js';
import { VERSION } from '../../wire/version.js';
import { CTL_EXIT, type Subcommand, UserError } from './subcommand.js';

interface Options {
  readonly log: string;
  readonly refused: boolean;
  readonly dangerous: boolean;
  readonly json: boolean;
}

/** `tsrootwrapctl suggest LOG`: the narrowest readable filters for the commands that a log holds. */
export const suggest: Subcommand<Options> = {
  command: 'suggest [log]',
  describe: 'Write the filters that a log of commands needs',
  builder: (yargs) =>
    yargs
      .usage('Usage: tsrootwrapctl suggest [LOG|-] [OPTION...]')
      .positional('log', {
        type: 'string',
        default: '-',
        describe:
          'The file that `observe` names, lines of syslog or the journal, lines of batch --json, or a file with one command a line; - for standard input',
      })
      .option('refused', {
        type: 'boolean',
        default: false,
        describe: 'Also cover commands that were refused: read them first, they may be attacks',
      })
      .option('dangerous', {
        type: 'boolean',
        default: false,
        describe:
          'Also write lines that are attacks by their very words, such as `cat /etc/shadow`, marked DANGER',
      })
      .option('json', { type: 'boolean', default: false, describe: 'Print one JSON object' })
      .example(
        'tsrootwrapctl suggest /var/log/app/observed > app.filters',
        'Filters for what was allowed while `observe` was set',
      )
      .example(
        'journalctl -t app-rootwrap | tsrootwrapctl suggest',
        'The same from what the journal has (syslog_log_level = INFO)',
      )
      .epilog(
        'Exit codes: 0 every command is covered, 1 some were declined (they are listed, commented out), 2 wrong usage, or there was no command.',
      ),
  run: async ({ log, refused, dangerous, json }, terminal) => {
    const observed = await readLog(log);
    const commands = refused ? [...observed.allowed, ...observed.refused] : observed.allowed;
    tell(observed, refused, terminal);
    if (commands.length === 0) throw new UserError(whyNone(log, observed));
    const suggestion = suggestFor(
      commands,
      (source) => checkPolicy(source, { trust: false, machine: false }),
      { heading: heading(countOf(commands), observed), dangerous },
    );
    if (json) terminal.printJson(asJson(suggestion, observed));
    else terminal.printText(suggestion.text);
    for (const { rule, problem } of suggestion.others) {
      terminal.complain(`check also finds ${rule}: ${problem}`);
    }
    if (suggestion.declined.length === 0) return CTL_EXIT.ok;
    const count = countOf(suggestion.declined.flatMap(({ commands }) => commands));
    terminal.complain(`${count} of ${countOf(commands)} commands are not covered: see "Declined"`);
    return CTL_EXIT.no;
  },
};

async function readLog(file: string): Promise<ObservedLog> {
  const reader = new LogReader();
  const stream = file === '-' ? process.stdin : createReadStream(file);
  try {
    for await (const chunk of stream) reader.push(chunk as Uint8Array);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new UserError(`${file}: cannot be read (${code ?? message}): give the path of a log`);
  }
  return reader.end();
}

function tell(observed: ObservedLog, refused: boolean, terminal: Terminal): void {
  const { skipped, dropped, fromSyslog } = observed;
  if (skipped > 0) terminal.complain(`${lines(skipped)} told no command that can be read for sure`);
  if (dropped > 0) terminal.complain(`${dropped} commands left out: too many different ones`);
  const left = refused ? 0 : countOf(observed.refused);
  if (left > 0) {
    terminal.complain(`${left} refused commands left out: --refused covers them, read them first`);
  }
  if (fromSyslog) {
    terminal.complain(
      'Any user of the machine can write lines to syslog, but only root to the file of `observe`',
    );
  }
}

function lines(count: number): string {
  return count === 1 ? '1 line' : `${count} lines`;
}

function whyNone(file: string, { refused }: ObservedLog): string {
  const what = refused.length > 0 ? 'no command that was allowed' : 'no command';
  return `${file}: there is ${what} in it: set \`observe\` in rootwrap.conf, or syslog_log_level = INFO, and let the service run for a while`;
}

function heading(count: number, { fromSyslog }: ObservedLog): string[] {
  return [
    `Written by tsrootwrapctl ${VERSION} suggest from ${count} commands that were seen.`,
    'Each line allows those and what is like them. Strike out what the service does not need.',
    ...(fromSyslog
      ? ['The log does not tell variables, nor by which path a program was called.']
      : []),
  ];
}

function asJson(
  { filters, declined }: Suggestion,
  { understood, skipped, refused }: ObservedLog,
): object {
  return {
    filters: filters.map(filterJson),
    declined: declined.map(declinedJson),
    understood,
    skipped,
    refused: countOf(refused),
  };
}

function filterJson(filter: NamedDraft): object {
  const { name, user, program, commands, notes } = filter;
  const uncertain = commands.some(({ origin }) => origin === 'split');
  return {
    name,
    line: filterLine(filter),
    user,
    program,
    from: { count: countOf(commands), examples: examplesOf(commands) },
    notes,
    uncertain,
  };
}

function declinedJson({ commands, reason, draft }: Declined): object {
  return {
    reason,
    ...(draft && { line: filterLine({ ...draft, name: 'declined' }) }),
    from: { count: countOf(commands), examples: examplesOf(commands) },
  };
}
