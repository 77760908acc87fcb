import { readFileSync } from 'node:fs';
import { baseName } from '../../policy/filters/filter.js';
import type { Severity } from '../finding.js';

/** What an attacker may get. */
export interface Power {
  readonly severity: Severity;
  /** Completes 'an attacker ...'; `{user}` stands for the filter's user. */
  readonly gets: string;
}

/** Arguments that give a power away. */
export interface Attack {
  readonly power: string;
  /** Words that stand one after the other; see data/programs.schema.json for the placeholders. */
  readonly words: readonly string[];
  readonly at?: 'anywhere' | 'start' | 'end' | 'whole';
  readonly how: string;
}

export interface Program {
  readonly names: readonly string[];
  readonly does: string;
  readonly attacks: readonly Attack[];
  /** Narrow filters, without the key. */
  readonly instead?: readonly string[];
  readonly advice?: string;
}

interface Table {
  readonly powers: Readonly<Record<string, Power>>;
  readonly programs: readonly Program[];
}

let table: Table | undefined;
let byName: ReadonlyMap<string, Program> | undefined;

/** data/programs.json, read at first use. */
export function programs(): Table {
  const file = `${import.meta.dirname}/../../../data/programs.json`;
  table ??= JSON.parse(readFileSync(file, 'utf8')) as Table;
  return table;
}

/** What the table says about the program of a filter; undefined when it does not know it. */
export function programOf(exec: string): Program | undefined {
  byName ??= new Map(
    programs().programs.flatMap((program) => program.names.map((name) => [name, program])),
  );
  const name = baseName(exec);
  return byName.get(name) ?? byName.get(name.replace(/-?[0-9]+(\.[0-9]+)*$/, '*'));
}

export function powerOf({ power }: Attack): Power {
  const found = programs().powers[power];
  if (found === undefined) throw new Error(`data/programs.json has no power ${power}`);
  return found;
}
