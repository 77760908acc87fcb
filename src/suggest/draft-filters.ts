import { isInterpreter } from '../check/interpreters.js';
import { baseName } from '../policy/filters/filter.js';
import { type Declined, type Drafts, isPlain } from './draft.js';
import { draftEnv, isEnv } from './draft-env.js';
import { draftKills, isKill } from './draft-kill.js';
import { draftNetns, innerCommand, isNetnsExec } from './draft-netns.js';
import { draftRow } from './draft-row.js';
import { exchangeableReason } from './exchangeable-row.js';
import { groupBy } from './group-by.js';
import type { ObservedCommand } from './observed-command.js';
import { isReadable, MOST_ALTERNATIVES, type Row, rowsOf } from './rows.js';

/** Lines for one program and user. With more of them nobody could tell what is allowed. */
const MOST_FORMS = 100;

/** Lines for all commands for which there can be one. */
export function draftFilters(commands: readonly ObservedCommand[]): Drafts {
  const prefixed = commands.filter(isNetnsExec);
  const inner = prefixed.flatMap((command) => innerCommand(command) ?? []);
  const all = [...commands.filter((command) => !isNetnsExec(command)), ...inner];
  const netns = draftNetns(prefixed);
  const { declined, left } = declineUnfit(all);
  const kills = draftKills(left.filter(isKill));
  const envs = draftEnv(left.filter(isEnv));
  const programs = groupBy(
    rowsOf(left.filter((command) => !isKill(command) && !isEnv(command))),
    ({ user, name }) => JSON.stringify([user, name]),
  );
  const rows = programs.filter(({ length }) => length <= MOST_FORMS).flat();
  const { unsafe, safe } = apart(rows.filter(isReadable));
  const tangled = programs.filter(({ length }) => length > MOST_FORMS);
  return {
    drafts: [...netns.drafts, ...kills.drafts, ...envs.drafts, ...safe.flatMap(draftRow)],
    declined: [
      ...netns.declined,
      ...declined,
      ...kills.declined,
      ...envs.declined,
      ...unsafe,
      ...rows.filter((row) => !isReadable(row)).map(tooMany),
      ...tangled.map(tooManyForms),
    ],
  };
}

/** Rows for which a line may be written, and those whose paths others could exchange. */
function apart(rows: readonly Row[]): {
  readonly unsafe: readonly Declined[];
  readonly safe: readonly Row[];
} {
  const unsafe: Declined[] = [];
  const safe = rows.filter((row) => {
    const reason = exchangeableReason(row);
    if (reason !== undefined) unsafe.push({ commands: row.commands, reason });
    return reason === undefined;
  });
  return { unsafe, safe };
}

/** @returns also those commands that a line may be written for */
function declineUnfit(commands: readonly ObservedCommand[]): {
  declined: readonly Declined[];
  left: readonly ObservedCommand[];
} {
  const declined = groupBy(
    commands.filter((command) => unfit(command) !== undefined),
    (command) => JSON.stringify([unfit(command), command.words[0]]),
  ).map((group) => ({ commands: group, reason: unfit(group[0] as ObservedCommand) ?? '' }));
  return { declined, left: commands.filter((command) => unfit(command) === undefined) };
}

function unfit(command: ObservedCommand): string | undefined {
  const [name = '', ...args] = command.words;
  if (!isPlain(name) && !isEnv(command)) return 'its name cannot be written in a filter file';
  if (isInterpreter(name)) {
    return 'it runs whatever its arguments say; put what they say into a program of its own that only root can change, and call that';
  }
  if (name.includes('/') && isKnownByName({ ...command, words: [baseName(name), ...args] })) {
    return `call ${baseName(name)} without its path: its filter class knows it by its name`;
  }
  if (hasScript(args)) return 'a word of it is a script for a shell or an interpreter';
  if (isEnv(command) || !hidesValue(args)) return undefined;
  return 'the log withholds the value of a variable in it, so its words are not known';
}

function isKnownByName(command: ObservedCommand): boolean {
  return isKill(command) || isEnv(command) || isNetnsExec(command);
}

/** Behind a prefix: `nice sh -c TEXT`. */
function hasScript(args: readonly string[]): boolean {
  return args.some(
    (word, index) => isInterpreter(word) && /^-[A-Za-z]*[ce]$/.test(args[index + 1] ?? ''),
  );
}

/** `env NAME=...`, as the log writes it. */
function hidesValue(args: readonly string[]): boolean {
  return args.some((word) => /^[A-Za-z_]\w*=\.\.\.$/.test(word));
}

function tooManyForms(rows: readonly Row[]): Declined {
  return {
    commands: rows.flatMap(({ commands }) => commands),
    reason: `it was called in ${rows.length} different ways, more than a list that somebody would read; find out which are needed`,
  };
}

function tooMany({ columns, commands }: Row): Declined {
  const index = columns.findIndex(({ patterns }) => patterns.length > MOST_ALTERNATIVES);
  const count = columns[index]?.words.length;
  return {
    commands,
    reason: `word ${index + 1} had ${count} values with nothing in common that a pattern could say; list those that are needed by hand`,
  };
}
