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
  /** It comes by standard input or at a prompt, which no filter sees. */
  readonly input?: true;
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

/** As the file has it: an attack with all the ways that lead to it. */
interface WrittenTable {
  readonly powers: Table['powers'];
  readonly programs: readonly (Omit<Program, 'attacks'> & {
    readonly attacks: readonly (Omit<Attack, 'words'> & {
      readonly ways: readonly (readonly string[])[];
    })[];
  })[];
}

let table: Table | undefined;
let known: ProgramIndex | undefined;

/** data/programs.json, read at first use. */
export function programs(): Table {
  const file = `${import.meta.dirname}/../../../data/programs.json`;
  table ??= readTable(JSON.parse(readFileSync(file, 'utf8')) as WrittenTable);
  return table;
}

function readTable({ powers, programs }: WrittenTable): Table {
  return {
    powers,
    programs: programs.map((program) => ({
      ...program,
      attacks: program.attacks.flatMap(({ ways, ...attack }) =>
        ways.map((words) => ({ ...attack, words })),
      ),
    })),
  };
}

/** What the table says about the program of a filter; undefined when it does not know it. */
export function programOf(exec: string): Program | undefined {
  known ??= new ProgramIndex(programs().programs);
  return known.find(baseName(exec));
}

/** The programs by their names. */
class ProgramIndex {
  readonly #exact = new Map<string, Program>();
  /** Those with a `*`, by what stands before it; longer ones first. */
  readonly #prefixes: (readonly [prefix: string, program: Program])[] = [];

  constructor(all: readonly Program[]) {
    for (const program of all) {
      for (const name of program.names) {
        if (name.endsWith('*')) this.#prefixes.push([name.slice(0, -1), program]);
        else this.#exact.set(name, program);
      }
    }
    this.#prefixes.sort(([a], [b]) => b.length - a.length);
  }

  find(name: string): Program | undefined {
    return (
      this.#exact.get(name) ??
      this.#prefixes.find(
        ([prefix]) => name.startsWith(prefix) && isVersion(name.slice(prefix.length)),
      )?.[1]
    );
  }
}

/** `3.11`, `-12`, `x86_64`, `3.11-dbg`, `5.36-x86_64-linux-gnu`; not `-config`. */
function isVersion(rest: string): boolean {
  return /^(?:-?[0-9][0-9.]*(?:-(?:dbg|debug|minimal|static|[a-z0-9_]+-linux-[a-z0-9]+))?|[a-z0-9]+(?:_[0-9]+)?)?$/.test(
    rest,
  );
}

export function powerOf({ power }: Attack): Power {
  const found = programs().powers[power];
  if (found === undefined) throw new Error(`data/programs.json has no power ${power}`);
  return found;
}
