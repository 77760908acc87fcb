import { realpathSync } from 'node:fs';
import { baseName } from '../../policy/filters/filter.js';
import type { DefinedFilter, PolicySource } from '../../policy/policy-source.js';
import { posix } from '../../posix/addon.js';
import type { Finding } from '../finding.js';
import { isInterpreter } from '../interpreters.js';
import { deepPath } from './deep-path.js';
import { exchangeablePath } from './exchangeable-path.js';
import { cited, findingAt, type Mistake } from './mistake.js';

/** What depends on the machine on which it is asked: programs and users that are not there. */
export function machineMistakes(source: PolicySource, skip: ReadonlySet<DefinedFilter>): Finding[] {
  const users = new Map<string, boolean>();
  return source.definitions.flatMap((definition) => {
    if (skip.has(definition) || definition.source.className === 'ChainingFilter') return [];
    const mistakes = [
      missingExecutable(definition, source),
      linkedProgram(definition, source),
      exchangeablePath(definition, source),
      deepPath(definition, source),
      unknownUser(definition, users),
    ];
    return mistakes.flatMap((mistake) => mistake ?? []).map((m) => findingAt(definition.source, m));
  });
}

function missingExecutable(
  { source, filter }: DefinedFilter,
  { policy }: PolicySource,
): Mistake | undefined {
  if (filter === undefined || source.className === 'KillFilter') return undefined;
  if (policy.findExecutable(filter.exec) !== undefined) return undefined;
  const where = filter.exec.startsWith('/') ? '' : ` in ${policy.execDirs.join(', ')}`;
  return {
    rule: 'missing-executable',
    severity: 'low',
    problem: `there is no program ${cited(filter.exec)}${where}`,
    advice: 'install it, add its directory to exec_dirs, or remove the line',
  };
}

/** The kernel tells the program of a process by the path at the end of all links. */
function linkedProgram(
  { source, words, filter }: DefinedFilter,
  { policy }: PolicySource,
): Mistake | undefined {
  if (filter === undefined || source.className !== 'KillFilter') return undefined;
  const [, program = ''] = words;
  if (!program.startsWith('/') && program.includes('/')) return undefined;
  const found = policy.findExecutable(program);
  const real = found && realPath(found);
  if (real === undefined) return undefined;
  const seen = program.startsWith('/') ? real : baseName(real);
  if (seen === program) return undefined;
  return {
    rule: 'linked-program',
    severity: 'low',
    problem: `${found} leads to ${real} on this machine, and processes run as that`,
    advice: isInterpreter(seen) ? undefined : `name ${seen} as well, in a line of its own`,
  };
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined; // gone meanwhile: there is nothing to compare
  }
}

function unknownUser({ filter }: DefinedFilter, users: Map<string, boolean>): Mistake | undefined {
  if (filter === undefined || filter.user === '') return undefined;
  const { user } = filter;
  if (!users.has(user)) users.set(user, isUser(user));
  if (users.get(user)) return undefined;
  return {
    rule: 'unknown-user',
    severity: 'medium',
    problem: `there is no user ${cited(user)}: a matching command ends with exit code 97`,
    advice: 'create the user, or name another one',
  };
}

function isUser(name: string): boolean {
  return !name.includes('\0') && posix.lookupUser(name) !== undefined;
}
