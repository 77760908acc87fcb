import { baseName } from '../../policy/filters/filter.js';
import { escapedPattern } from '../../policy/pattern/literal.js';
import type { DefinedFilter, PolicySource } from '../../policy/policy-source.js';
import type { Advice, LineCheck, Mistake } from './mistake.js';
import { pastedLine } from './pasted-line.js';

/** A line that is in order by itself, and can take no command. */
export const neverMatches: LineCheck = function* (definition, source) {
  if (definition.filter === undefined) return;
  const mistake = ownMistake(definition) ?? behindEnv(definition, source);
  const alone = mistake ?? withoutInner(definition, source);
  if (alone !== undefined) yield alone;
};

function never(problem: string, advice: Advice | undefined): Mistake {
  return { rule: 'never-matches', severity: 'medium', problem, advice };
}

function ownMistake({ source: { name, className }, words }: DefinedFilter): Mistake | undefined {
  const [exec = '', user = '', ...rest] = words;
  const base = baseName(exec);
  const alone = pastedLine(name, 'RegExpFilter', [exec, user, escapedPattern(base)]);
  switch (className) {
    case 'ChainingFilter':
      return never(
        'a ChainingFilter never matches: it is what other classes are made of',
        pastedLine(name, 'ChainingRegExpFilter', [exec, user, escapedPattern(base)]),
      );
    case 'ChainingRegExpFilter':
      if (rest.length > 0) return undefined;
      return never(
        'without a pattern it never matches',
        pastedLine(name, className, [exec, user, escapedPattern(base)]),
      );
    case 'RegExpFilter':
      if (rest.length > 0) return undefined;
      return never('without a pattern it takes commands of no word, and there are none', alone);
    case 'PathFilter':
      if (rest.length > 0) return undefined;
      return never('without a constraint it takes no argument, but wants one', alone);
    case 'IpNetnsExecFilter':
      if (user === 'root') return undefined;
      return never(
        'it is not for root, so it never matches',
        pastedLine(name, className, [exec, 'root']),
      );
    case 'EnvFilter':
      if (rest[0]?.includes('=')) return undefined;
      return never(
        'it names no variable, so it never matches',
        'write NAME= in front of the program; without variables write a RegExpFilter for it',
      );
    default:
      return undefined;
  }
}

/** The first EnvFilter takes a leading `env` off the words, for itself and all filters behind it. */
function behindEnv({ source, filter }: DefinedFilter, policy: PolicySource): Mistake | undefined {
  if (filter?.reach.by !== 'first' || filter.reach.words.some((word) => word !== 'env')) {
    return undefined;
  }
  const first = policy.definitions.find(
    ({ filter, source }) => filter !== undefined && source.className === 'EnvFilter',
  );
  if (first?.filter === undefined) return undefined;
  const { filters } = policy.policy;
  if (filters.indexOf(filter) < filters.indexOf(first.filter)) return undefined;
  const { file, line } = first.source;
  const place = file === source.file ? `on line ${line}` : `in ${file}:${line}`;
  return {
    rule: 'behind-env-filter',
    severity: 'medium',
    problem: `it is about env, but the EnvFilter ${place} takes the word env off every command first`,
    advice: `move it before the EnvFilter ${place}`,
  };
}

/** A prefix needs a filter for what follows it. Other files may have one where only one is judged. */
function withoutInner({ filter }: DefinedFilter, source: PolicySource): Mistake | undefined {
  if (!filter?.chaining || source.config === undefined) return undefined;
  const inner = source.policy.filters.some(
    ({ chaining, user }) => !chaining && user === filter.user,
  );
  return inner
    ? undefined
    : never(
        'it takes a command that another filter allows for the same user, and there is none',
        'add a filter for the commands behind it, or remove the line',
      );
}
