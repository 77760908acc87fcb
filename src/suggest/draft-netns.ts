import { isNetnsName } from '../policy/ip-danger.js';
import type { Declined, Draft, Drafts } from './draft.js';
import type { ObservedCommand } from './observed-command.js';
import { oneOfPatterns } from './pattern-text.js';
import { isReadable, rowsOf } from './rows.js';

/** Words before the inner command: `ip netns exec NAME`. */
const PREFIX_WORDS = 4;

export function isNetnsExec({ words }: ObservedCommand): boolean {
  const [ip, netns = '', exec = ''] = words;
  return ip === 'ip' && /^net(n|ns)?$/.test(netns) && /^e(x|xe|xec)?$/.test(exec);
}

/** What `ip netns exec NAME` runs, which needs a line of its own; undefined where there is none. */
export function innerCommand(command: ObservedCommand): ObservedCommand | undefined {
  if (whyNot(command) !== undefined) return undefined;
  return { ...command, words: command.words.slice(PREFIX_WORDS) };
}

/** One IpNetnsExecFilter for all of them. */
export function draftNetns(commands: readonly ObservedCommand[]): Drafts {
  const fit = commands.filter((command) => whyNot(command) === undefined);
  const declined = commands.flatMap((command): Declined[] => {
    const reason = whyNot(command);
    return reason === undefined ? [] : [{ commands: [command], reason }];
  });
  if (fit.length === 0) return { drafts: [], declined };
  const draft = {
    className: 'IpNetnsExecFilter',
    definition: ['ip', 'root'],
    naming: ['ip', 'netns', 'exec'],
    user: 'root',
    program: 'ip',
    commands: fit,
    notes: [
      'runs what other lines for root allow, in any network namespace; those lines also allow it outside of one',
    ],
    narrower: () => draftPrefixes(fit),
  };
  return { drafts: [draft], declined };
}

/** The same for the namespaces that were seen, and those with names like theirs. */
function draftPrefixes(commands: readonly ObservedCommand[]): Draft[] {
  const whole = new Map<string, ObservedCommand[]>();
  const prefixes = commands.map((command) => {
    const words = command.words.slice(0, PREFIX_WORDS);
    const key = JSON.stringify(words);
    whole.set(key, [...(whole.get(key) ?? []), command]);
    return { ...command, words };
  });
  return rowsOf(prefixes)
    .filter(isReadable)
    .map(({ columns, commands: known }) => ({
      className: 'ChainingRegExpFilter',
      definition: ['ip', 'root', ...columns.map(({ patterns }) => oneOfPatterns(patterns))],
      naming: ['ip', 'netns', 'exec'],
      user: 'root',
      program: 'ip',
      commands: [...new Set(known.map(({ words }) => JSON.stringify(words)))].flatMap(
        (key) => whole.get(key) ?? [],
      ),
      notes: [
        'runs what other lines for root allow, in these network namespaces; those lines also allow it outside of one',
      ],
    }));
}

function whyNot(command: ObservedCommand): string | undefined {
  const [name = '', ...inner] = command.words.slice(PREFIX_WORDS - 1);
  if (command.user !== 'root') return 'IpNetnsExecFilter is for root only';
  if (!isNetnsName(name) || inner.length === 0) {
    return 'it is not `ip netns exec NAME COMMAND`';
  }
  if (inner[0] === 'kill') return 'a kill behind a prefix is refused: run it by itself';
  if (!isNetnsExec({ ...command, words: inner })) return undefined;
  return 'a prefix behind a prefix is refused';
}
