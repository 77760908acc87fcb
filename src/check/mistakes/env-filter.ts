import { baseName, spellings } from '../../policy/filters/filter.js';
import { cited, type LineCheck } from './mistake.js';

/** Variables that say how text is shown: their values are anybody's choice. */
const LOCALE = /^(?:LC_[A-Z]+|LANG|LANGUAGE|TZ)$/;

/** What an EnvFilter seems to say and does not. */
export const envFilter: LineCheck = function* ({ source, words, filter }) {
  if (filter === undefined || source.className !== 'EnvFilter') return;
  const [exec = '', user = '', ...rest] = words;
  const end = rest.findIndex((word) => !word.includes('='));
  const variables = end === -1 ? rest : rest.slice(0, end);
  if (variables.length === 0) return; // never matches
  const behind = end === -1 ? [] : rest.slice(end);
  const [program] = behind;
  const isEnv = exec.includes('env'); // the engine's own rule
  if (isEnv && (program === undefined || baseName(program) === 'env')) {
    yield {
      rule: 'env-without-program',
      severity: 'high',
      problem:
        program === undefined
          ? 'no program follows the variables, so the program is env, with any arguments'
          : `the program behind the variables is ${program}, which runs what it is given`,
      gets: `runs any program as ${user}`,
      example: [`${variables[0]?.split('=')[0]}=1`, program ?? exec, 'id'],
      advice: 'write the program that is meant behind the variables',
    };
    return;
  }
  const name = isEnv ? program : exec;
  const isNamed = program !== undefined && spellings(exec).includes(program);
  const ignored = behind.slice(isEnv || isNamed ? 1 : 0).filter((word) => word !== '');
  if (ignored.length > 0) {
    yield {
      rule: 'not-compared',
      severity: 'medium',
      problem: `${cited(ignored.join(', '))} is not compared: any ${countOf(ignored.length)} will do`,
      advice:
        'before the first EnvFilter write RegExpFilter, env, ' +
        `${user}, env, ${variables.map((word) => `${word.split('=')[0]}=VALUE`).join(', ')}, ` +
        `/PATH/OF/${baseName(name ?? '')}, and a pattern for each word`,
    };
    return;
  }
  const values = variables.filter((word) => {
    const [variable = ''] = word.split('=', 1);
    return word.length > variable.length + 1 && !LOCALE.test(variable);
  });
  if (values.length === 0) return;
  yield {
    rule: 'not-compared',
    severity: 'low',
    problem: `the value in ${cited(values.join(', '))} is not compared: any other will do`,
    advice: `write ${values.map((word) => word.slice(0, word.indexOf('=') + 1)).join(', ')} if any value may be set, else a RegExpFilter for env before the first EnvFilter`,
  };
};

function countOf(count: number): string {
  return count === 1 ? 'word' : `${count} words`;
}
