import { realpathSync } from 'node:fs';
import { baseName, type Filter } from '../../policy/filters/filter.js';
import { KillFilter } from '../../policy/filters/kill-filter.js';
import { createFilter, type Definition } from '../../policy/load-filters.js';
import type { Policy } from '../../policy/policy.js';
import type { DefinedFilter, PolicySource } from '../../policy/policy-source.js';
import { atLeast, type Finding, SEVERITIES, type Severity } from '../finding.js';
import { Effort, PolicyEffort } from '../language/effort.js';
import type { Way } from './attack-words.js';
import { checkPlace } from './check-place.js';
import { checkWords } from './check-words.js';
import type { Found } from './found.js';
import { insteadOf } from './instead.js';
import { keptVariables } from './kept-variables.js';
import { type Program, powerOf, programOf } from './programs.js';
import { isAsGoodAsRoot } from './root-users.js';
import type { AttackRule } from './rules.js';
import { type Opening, tryAttack } from './try-attack.js';
import { checkVariables } from './variables.js';

/** Things that one finding says an attacker gets; a blank `dd` could name a dozen. */
const MOST_GETS = 3;

/** What a policy lets a hostile caller do. One finding a filter and cause, or a variable. */
export function checkAttacks(source: PolicySource): Finding[] {
  const whole = new PolicyEffort();
  return [
    ...keptVariables(source),
    ...source.definitions.flatMap((definition) =>
      whole.forFilter((effort) => attacksOn(definition, source.policy, effort)),
    ),
  ];
}

/** What one filter lets a hostile caller do. @param policy where its program is looked for */
export function attacksOn(
  definition: DefinedFilter,
  policy: Policy,
  effort: Effort = new Effort(),
): Finding[] {
  const { source, filter } = definition;
  if (filter === undefined || filter instanceof KillFilter) return []; // that holds itself to a program
  const program = programOf(filter.exec) ?? linkedProgram(filter, policy);
  const found = [
    ...checkPlace(filter),
    ...checkVariables(filter, effort),
    ...throughAttacks(definition, filter, program, policy, effort),
  ];
  const told = found.length > 0 ? found : checkWords(filter, program, effort);
  const unsure = effort.gaveUp && !told.some(({ severity }) => severity === 'high');
  return [...told, ...(unsure ? [tooComplex(program)] : [])].map((finding) => ({
    ...finding,
    severity: forUser(finding.severity, filter.user),
    file: source.file,
    line: source.line,
    filter: source.name,
  }));
}

/** A command that a filter takes, and how bad that is. */
export interface AttackCommand {
  readonly severity: Severity;
  readonly command: readonly string[];
}

/** Every attack that one filter lets through, worst first: more than `attacksOn` tells. */
export function attackCommands(filter: Filter, policy: Policy): readonly AttackCommand[] {
  if (filter instanceof KillFilter) return [];
  const program = programOf(filter.exec) ?? linkedProgram(filter, policy);
  const effort = new Effort();
  const found = [...checkVariables(filter, effort), ...checkWords(filter, program, effort)];
  return [
    ...openingsOf(filter, program, effort).map(({ attack, command }) => ({
      severity: forUser(powerOf(attack).severity, filter.user),
      command,
    })),
    ...found.flatMap(({ severity, example }) =>
      example === undefined ? [] : { severity: forUser(severity, filter.user), command: example },
    ),
  ].sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity));
}

/** Whether nothing above low would be found in a line: for lines that are to be advised. */
export function isSafe(
  definition: Definition,
  policy: Policy,
  effort: Effort = new Effort(),
): boolean {
  const filter = createFilter(definition);
  if (filter === undefined) return false;
  const program = programOf(filter.exec) ?? linkedProgram(filter, policy);
  const found = [
    ...checkPlace(filter).map(({ severity }) => severity),
    ...checkVariables(filter, effort).map(({ severity }) => severity),
    ...openingsOf(filter, program, effort).map(({ attack }) => powerOf(attack).severity),
    ...checkWords(filter, program, effort).map(({ severity }) => severity),
  ];
  return (
    !effort.gaveUp && !found.some((severity) => atLeast(forUser(severity, filter.user), 'medium'))
  );
}

/** The program that a name leads to on this machine: `editor` may be vim. */
function linkedProgram({ exec }: Filter, policy: Policy): Program | undefined {
  const file = policy.findExecutable(exec);
  try {
    return file === undefined ? undefined : programOf(baseName(realpathSync(file)));
  } catch {
    return undefined; // it has gone meanwhile
  }
}

function throughAttacks(
  definition: DefinedFilter,
  filter: Filter,
  program: Program | undefined,
  policy: Policy,
  effort: Effort,
): Found[] {
  const openings = openingsOf(filter, program, effort);
  const [worst] = openings;
  if (worst === undefined) return [];
  const gets = new Set(openings.map(({ attack }) => powerOf(attack).gets));
  return [
    {
      rule: ruleOf(filter),
      severity: powerOf(worst.attack).severity,
      problem: problemOf(filter, worst),
      gets: [...gets].slice(0, MOST_GETS).join('; ').replaceAll('{user}', filter.user),
      example: worst.command,
      ...insteadOf(definition, filter, program, openings, (other) => isSafe(other, policy, effort)),
    },
  ];
}

/** The attacks that get through, worst first. */
function openingsOf(
  filter: Filter,
  program: Program | undefined,
  effort: Effort,
): readonly Opening[] {
  if (filter instanceof KillFilter) return [];
  return (program?.attacks ?? [])
    .flatMap((attack) => tryAttack(filter, attack, effort) ?? [])
    .sort((a, b) => rank(a) - rank(b));
}

/** No finding about the patterns says nothing where not all of their words were looked at. */
function tooComplex(program: Program | undefined): Found {
  const serious = program?.attacks.some((attack) => powerOf(attack).severity === 'high');
  return {
    rule: 'too-complex',
    severity: serious ? 'high' : 'medium', // what might be there counts, where nobody can tell
    problem: 'check gave up on the patterns before it had seen all that they take',
    gets: 'may do more than check has found',
    instead:
      'list the characters that may stand in each word, without references, nested repetitions, ' +
      'look-around and large numbers in braces; check large policies file by file',
  };
}

function rank({ attack }: Opening): number {
  return SEVERITIES.indexOf(powerOf(attack).severity);
}

function ruleOf(filter: Filter): AttackRule {
  const { rest, words } = filter.shape();
  if (rest === 'anything') return 'free-arguments';
  return words.some(({ takes }) => takes === 'path') ? 'loose-path' : 'loose-pattern';
}

function problemOf(filter: Filter, { attack, through, way }: Opening): string {
  const name = baseName(filter.exec);
  const words = attack.words.length > 0 ? ` ${attack.words.map(shown).join(' ')}` : '';
  const how = `${name}${words} ${attack.how}`;
  if (filter.shape().rest === 'anything') return `${name} takes any arguments: ${how}`;
  if (through.length === 0) return `${how}, whatever its arguments are`;
  const taken = through.map(({ rule, word }) => {
    switch (rule.takes) {
      case 'pattern':
        return `pattern ${rule.pattern.source} takes ${word}`;
      case 'path':
        return `${rule.directory} holds ${word}`;
      case 'anything':
        return `\`pass\` takes ${word}`;
      default:
        return `${word} is a place of the caller's`;
    }
  });
  const ways: Readonly<Record<Way, string>> = {
    plain: '',
    'by-name': '',
    climbs: ', which leaves its directory',
    own: ', which a caller can make or choose',
  };
  return `${taken.join(' and ')}${ways[way]}: ${how}`;
}

function shown(template: string): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => name.toUpperCase());
}

/** What gives a user away gives less away than what gives root away. */
function forUser(severity: Severity, user: string): Severity {
  if (isAsGoodAsRoot(user)) return severity;
  return severity === 'high' ? 'medium' : 'low';
}
