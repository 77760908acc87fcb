import { isInterpreter } from '../check/interpreters.js';
import { type Declined, type Draft, type Drafts, isPlain } from './draft.js';
import { groupBy } from './group-by.js';
import type { ObservedCommand } from './observed-command.js';

const ASSIGNMENT = /^[A-Za-z_][A-Za-z0-9_]*=/;

/** `env NAME=VALUE... PROGRAM`, or the same without `env`. */
export function isEnv({ words }: ObservedCommand): boolean {
  return words[0] === 'env' || ASSIGNMENT.test(words[0] ?? '');
}

/** EnvFilters, one for each program and the variables set for it. */
export function draftEnv(commands: readonly ObservedCommand[]): Drafts {
  const declined: Declined[] = [];
  const drafts: Draft[] = [];
  const groups = groupBy(commands, (command) => {
    const { names, program } = partsOf(command);
    return JSON.stringify(whyNot(command) ?? [command.user, names, program]);
  });
  for (const group of groups) {
    const reason = whyNot(group[0] as ObservedCommand);
    if (reason === undefined) drafts.push(draft(group));
    else declined.push({ commands: group, reason });
  }
  return { drafts, declined };
}

interface Parts {
  /** Of the variables, sorted. */
  readonly names: readonly string[];
  readonly program: string | undefined;
}

function partsOf({ words }: ObservedCommand): Parts {
  const rest = words[0] === 'env' ? words.slice(1) : words;
  const end = rest.findIndex((word) => !ASSIGNMENT.test(word));
  const assignments = end === -1 ? rest : rest.slice(0, end);
  const names = assignments.map((word) => word.slice(0, word.indexOf('=')));
  return { names: [...new Set(names)].sort(), program: end === -1 ? undefined : rest[end] };
}

function whyNot(command: ObservedCommand): string | undefined {
  const { names, program } = partsOf(command);
  if (program === undefined || names.length === 0 || program.startsWith('-')) {
    return 'EnvFilter takes `env NAME=VALUE... PROGRAM` only, without options';
  }
  if (!isPlain(program) || program.includes('=')) {
    return 'its name cannot be written in a filter file';
  }
  if (!isInterpreter(program)) return undefined;
  return 'EnvFilter does not compare the words behind the program, and this one runs whatever they say';
}

function draft(commands: readonly ObservedCommand[]): Draft {
  const [first] = commands as readonly [ObservedCommand];
  const { names, program = '' } = partsOf(first);
  return {
    className: 'EnvFilter',
    definition: ['env', first.user, ...names.map((name) => `${name}=`), program],
    naming: ['env', program.slice(program.lastIndexOf('/') + 1)],
    user: first.user,
    program,
    commands,
    notes: [
      'EnvFilter compares neither the values nor the words behind the program: it takes all of them',
    ],
  };
}
