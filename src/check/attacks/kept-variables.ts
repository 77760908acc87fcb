import { isKept, isNeverKept } from '../../config/env-keep.js';
import type { PolicySource } from '../../policy/policy-source.js';
import { type Finding, SEVERITIES } from '../finding.js';
import type { AttackRule } from './rules.js';
import { type Variable, variables } from './variables.js';

const RULE: AttackRule = 'kept-variable';

/** Of the names that a pattern takes, so many are told. */
const MOST_NAMES = 4;

/** What the engine gives a value of its own, whatever `env_keep` says. */
const OWN_RULES: ReadonlySet<string> = new Set(['PATH', 'HOME']);

/**
 * The variables of `env_keep` that steer programs: every command gets what the caller says. What is not
 * `high` is `low` here, since sudo has to keep the variable too, and its name was written on purpose.
 */
export function keptVariables({ config }: PolicySource): Finding[] {
  return (config?.envKeep ?? []).flatMap((kept): Finding[] => {
    const taken = variables().filter(({ names }) => names.some((name) => isTaken(name, kept)));
    const [worst] = [...taken].sort((a, b) => rank(a) - rank(b));
    if (worst === undefined || config === undefined) return [];
    return [
      {
        rule: RULE,
        severity: worst.severity === 'high' ? 'high' : 'low',
        file: config.file,
        line: config.envKeepLine,
        problem: kept.endsWith('*')
          ? `env_keep hands ${kept} of the caller's on to every command: ${examples(taken, kept)}`
          : `env_keep hands ${kept} of the caller's on to every command, and it ${worst.how}`,
        gets: worst.gets.replaceAll('{user}', 'the user of each filter'),
        instead: kept.endsWith('*')
          ? `write the whole names of those variables that commands need in place of ${kept}`
          : `take ${kept} out of env_keep: let an EnvFilter set it for the command that needs it, or a script of root's`,
      },
    ];
  });
}

/** Whether a name of the table, or one of those that its pattern stands for, is handed on. */
function isTaken(name: string, kept: string): boolean {
  if (isNeverKept(name) || OWN_RULES.has(name)) return false;
  if (!name.endsWith('*')) return isKept(name, [kept]);
  const start = name.slice(0, -1);
  return kept.startsWith(start) || isKept(start, [kept]);
}

/** Names of the table that a pattern takes, the worst first, one of each kind. */
function examples(taken: readonly Variable[], kept: string): string {
  return [...taken]
    .sort((a, b) => rank(a) - rank(b))
    .flatMap(({ names }) => names.find((name) => isTaken(name, kept)) ?? [])
    .slice(0, MOST_NAMES)
    .join(', ');
}

function rank({ severity }: Variable): number {
  return SEVERITIES.indexOf(severity);
}
