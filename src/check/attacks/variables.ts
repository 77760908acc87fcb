import { readFileSync } from 'node:fs';
import { EnvFilter } from '../../policy/filters/env-filter.js';
import type { Filter } from '../../policy/filters/filter.js';
import type { Severity } from '../finding.js';
import type { Effort } from '../language/effort.js';
import { sampleWord } from './fit.js';
import type { Found } from './found.js';

/** A row of data/variables.json. */
export interface Variable {
  readonly names: readonly string[];
  readonly severity: Severity;
  readonly gets: string;
  readonly how: string;
}

let table: readonly Variable[] | undefined;

/** data/variables.json, read at first use. */
export function variables(): readonly Variable[] {
  const file = `${import.meta.dirname}/../../../data/variables.json`;
  table ??= (JSON.parse(readFileSync(file, 'utf8')) as { variables: Variable[] }).variables;
  return table;
}

/** The variables that a filter lets a caller set, and that steer programs: their values are free. */
export function checkVariables(filter: Filter, effort: Effort): Found[] {
  if (!(filter instanceof EnvFilter)) return [];
  const shape = filter.shape();
  return shape.variables.flatMap((name): Found[] => {
    const known = variables().find(({ names }) => names.some((pattern) => isNamed(name, pattern)));
    if (known === undefined) return [];
    const assignments = shape.variables.map(
      (other) => `${other}=${other === name ? '/tmp/x' : 'x'}`,
    );
    const words = shape.words.map((rule) => sampleWord(rule, effort) ?? 'x');
    return [
      {
        rule: 'variable',
        severity: known.severity,
        problem: `any value of ${name} is taken, and it ${known.how}`,
        gets: known.gets.replaceAll('{user}', filter.user),
        example: ['env', ...assignments, ...words],
        instead: `leave ${name} out of the filter: call a script of root's that sets it`,
      },
    ];
  });
}

function isNamed(name: string, pattern: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}
