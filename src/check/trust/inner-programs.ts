import { realpathSync } from 'node:fs';
import { Executables, inPathOrder } from '../../policy/executables.js';
import { baseName, type Filter } from '../../policy/filters/filter.js';
import type { PolicySource } from '../../policy/policy-source.js';
import type { Finding } from '../finding.js';

/**
 * Where the order of exec_dirs and that of sudo's secure_path mean two programs of one name: for a
 * command behind a prefix, the order of PATH counts (docs/filters.md, "The program").
 *
 * @param securePath the directories of PATH under sudo
 */
export function innerProgramFindings(
  { config, policy }: PolicySource,
  securePath: readonly string[],
): Finding[] {
  if (config === undefined || config.innerExecDirs !== undefined) return [];
  const inPath = new Executables(securePath.filter((directory) => directory.startsWith('/')));
  const inner = new Executables(inPathOrder(policy.execDirs, securePath));
  return behindPrefixes(policy.filters).flatMap(({ exec, source }): Finding[] => {
    const name = baseName(exec);
    const [alone, behind, elsewhere] = [
      policy.findExecutable(exec),
      inner.find(exec),
      name === '' ? undefined : inPath.find(name),
    ];
    if (alone === undefined || behind === undefined) return [];
    const place = {
      rule: 'inner-program',
      severity: 'low',
      file: source.file,
      line: source.line,
      filter: source.name,
    } as const;
    if (elsewhere !== undefined && isOther(elsewhere, behind)) {
      return [
        {
          ...place,
          problem: `behind a prefix \`${name}\` is ${behind}, and under oslo.rootwrap it was ${elsewhere}, which secure_path has first`,
          instead: exec.startsWith('/')
            ? `name ${elsewhere} in the filter if that is meant`
            : `add ${elsewhere.slice(0, -name.length - 1) || '/'} to exec_dirs if that is meant`,
        },
      ];
    }
    if (!isOther(alone, behind)) return [];
    return [
      {
        ...place,
        problem: `\`${name}\` is ${alone} by itself and ${behind} behind a prefix: exec_dirs and secure_path differ in their order`,
        instead: 'put exec_dirs into the order of secure_path, or name the program by its path',
      },
    ];
  });
}

/** One filter for each program that may stand behind a prefix. */
function behindPrefixes(filters: readonly Filter[]): readonly Filter[] {
  const users = new Set(filters.filter(({ chaining }) => chaining).map(({ user }) => user));
  const found = new Map<string, Filter>();
  for (const filter of filters) {
    const { chaining, exec, user, source } = filter;
    if (chaining || source.line === 0 || !users.has(user)) continue; // 0: the one always there
    if (!found.has(exec)) found.set(exec, filter);
  }
  return [...found.values()];
}

function isOther(one: string, another: string): boolean {
  return real(one) !== real(another);
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
