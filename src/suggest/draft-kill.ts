import { isInterpreter } from '../check/interpreters.js';
import { type Declined, type Draft, type Drafts, isPlain } from './draft.js';
import { groupBy } from './group-by.js';
import type { ObservedCommand } from './observed-command.js';

export function isKill({ words }: ObservedCommand): boolean {
  return words[0] === 'kill';
}

/** KillFilters for signals to processes whose program is known, one for each program. */
export function draftKills(commands: readonly ObservedCommand[]): Drafts {
  const groups = groupBy(commands, (command) => {
    const reason = whyNot(command);
    const { user, program, words } = command;
    return JSON.stringify(reason === undefined ? [user, program, words.length] : [reason]);
  });
  const declined: Declined[] = [];
  const drafts: Draft[] = [];
  for (const group of groups) {
    const reason = whyNot(group[0] as ObservedCommand);
    if (reason !== undefined) declined.push({ commands: group, reason });
    else drafts.push(draftKill(group));
  }
  return { drafts, declined };
}

function whyNot({ words, program }: ObservedCommand): string | undefined {
  const [signal = '', pid] = words.length === 3 ? words.slice(1) : ['-TERM', words[1]];
  const fits = /^[1-9][0-9]{0,9}$/.test(pid ?? '') && /^-[A-Z0-9+-]+$/.test(signal);
  if (words.length > 3 || !fits) {
    return 'KillFilter takes `kill -SIGNAL PID` only: one process, the signal with a dash';
  }
  if (program === undefined) {
    return 'the log does not tell which program the process ran: `observe` keeps it where a KillFilter allows the signal';
  }
  if (!program.startsWith('/') || !isPlain(program)) {
    return 'the path of its program cannot be written in a filter file';
  }
  if (!isInterpreter(program)) return undefined;
  return `the process ran ${program}, which runs many things: have its service manager signal it`;
}

function draftKill(commands: readonly ObservedCommand[]): Draft {
  const [{ user, program = '' }] = commands as readonly [ObservedCommand];
  const signals = commands.flatMap(
    ({ words }) => (words.length === 3 ? words[1] : undefined) ?? [],
  );
  return {
    className: 'KillFilter',
    definition: [user, program, ...[...new Set(signals)].sort()],
    naming: ['kill', program.slice(program.lastIndexOf('/') + 1)],
    user,
    program,
    commands,
    notes: ['takes any process that runs this program, whoever started it'],
  };
}
