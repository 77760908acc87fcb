import { baseName } from '../../policy/filters/filter.js';
import { escapedPattern } from '../../policy/pattern/literal.js';
import { Pattern, PatternBudget } from '../../policy/pattern/pattern.js';
import type { DefinedFilter } from '../../policy/policy-source.js';
import { cited, type LineCheck, type Mistake } from './mistake.js';
import { pastedLine } from './pasted-line.js';

const PATIENCE = 50;

/** Programs and users as they are written. */
export const names: LineCheck = function* (definition) {
  const { source, filter } = definition;
  if (filter === undefined || source.className === 'ReadFileFilter') return;
  if (source.className !== 'KillFilter') yield* programMistakes(definition, filter.exec);
  yield* userMistakes(definition, filter.user);
};

function* programMistakes({ source, words }: DefinedFilter, exec: string): Generator<Mistake> {
  const problem = oddProgram(exec);
  if (problem === undefined) return;
  const [program = '', ...args] = exec.split(/\s+/);
  const regexp = /\s/.test(exec) && source.className === 'CommandFilter' && program !== '';
  const patterns = [baseName(program), ...args].map(escapedPattern);
  yield {
    rule: 'odd-program',
    severity: 'medium',
    problem,
    advice:
      (regexp && pastedLine(source.name, 'RegExpFilter', [program, words[1] ?? '', ...patterns])) ||
      'write an absolute path, or a name to be found in exec_dirs',
  };
}

function oddProgram(exec: string): string | undefined {
  if (exec === '') return 'the program is empty';
  if (/\s/.test(exec)) return `the program is called ${cited(exec)}, blanks included`;
  if (!exec.startsWith('/') && exec.includes('/')) {
    return `${cited(exec)} is looked for below the directories of exec_dirs, as in /usr/bin/${exec}`;
  }
  return exec.endsWith('/') ? `${cited(exec)} is a directory` : undefined;
}

function* userMistakes({ source, words }: DefinedFilter, user: string): Generator<Mistake> {
  if (user !== '' && !/[\s/#:]/.test(user)) return;
  const at = source.className === 'KillFilter' ? 0 : 1;
  const other = words[1 - at] ?? '';
  const swapped = /^[a-z_][a-z0-9_-]*$/.test(other) && user.startsWith('/');
  const line = swapped ? [words[1] ?? '', words[0] ?? '', ...words.slice(2)] : undefined;
  yield {
    rule: 'odd-user',
    severity: 'medium',
    problem:
      user === ''
        ? 'no user is named'
        : `${cited(user)} cannot be the name of a user, but stands where the user does`,
    advice:
      (line && pastedLine(source.name, source.className, line)) ??
      `write the user in place ${at + 1} behind the class`,
  };
}

/** The first pattern is for the program's name: it takes another one, or none at all. */
export const otherName: LineCheck = function* ({ source, words, filter }) {
  if (filter === undefined) return;
  const { name, className } = source;
  if (className === 'IpFilter' || className === 'IpNetnsExecFilter') {
    if (baseName(filter.exec) === 'ip') return;
    yield {
      rule: 'other-name',
      severity: 'medium',
      problem: `it takes commands that begin with ip, and runs ${cited(filter.exec)}`,
      advice: pastedLine(name, className, ['ip', filter.user]),
    };
    return;
  }
  const [exec = '', user = '', first, ...others] = words;
  if (!/^(Chaining)?RegExpFilter$/.test(className) || first === undefined) return;
  const pattern = new Pattern(first);
  const base = baseName(exec);
  if (pattern.problem !== undefined || base === '') return;
  const budget = new PatternBudget(PATIENCE);
  if (pattern.matches(base, budget) || pattern.matches(exec, budget) || budget.timedOut) return;
  const isArgument = first.startsWith('-') || (first.startsWith('/') && !exec.startsWith('/'));
  yield {
    rule: 'other-name',
    severity: isArgument ? 'medium' : 'low',
    problem: isArgument
      ? `the first pattern stands for the name of the program, but is ${cited(first)}`
      : `the caller must call ${cited(exec)} by a name that matches ${cited(first)}`,
    advice: isArgument
      ? pastedLine(name, className, [exec, user, escapedPattern(base), first, ...others])
      : `if that is not meant, write ${escapedPattern(base)} as the first pattern`,
  };
};
