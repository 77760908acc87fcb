import type { Decision } from '../policy/decision.js';
import type { Filter, FilterSource } from '../policy/filters/filter.js';
import { type Candidate, KINDS, type Kind } from './candidates.js';
import type { Direction } from './difference.js';
import type { Side, SupposedMachine } from './supposed-policy.js';

/** A command on which the engine decides differently. */
export interface Example {
  readonly words: readonly string[];
  readonly kind: Kind;
  readonly old: Decision;
  readonly new: Decision;
}

/** What the examples of one filter show. */
export interface Evidence {
  readonly direction: Direction;
  /** Of the new policy, or of the old one for what is forbidden. */
  readonly filter: Filter;
  readonly missing: readonly string[];
  /** The best first. */
  readonly examples: readonly Example[];
}

const MOST_EXAMPLES = 3;
/** Programs in front of one filter that are supposed to be missing. */
const MOST_MISSING = 8;

/** Asks both policies, and keeps what they disagree about. */
export class Evidences {
  readonly #found = new Map<string, Evidence>();
  readonly #shown = new Set<FilterSource>();
  readonly #filters = new Map<Side, ReadonlyMap<FilterSource, Filter>>();

  constructor(
    readonly machine: SupposedMachine,
    readonly old: Side,
    readonly new_: Side,
  ) {
    for (const side of [old, new_]) {
      const entries = side.filters.map((filter): [FilterSource, Filter] => [filter.source, filter]);
      this.#filters.set(side, new Map(entries));
    }
  }

  get all(): readonly Evidence[] {
    return [...this.#found.values()];
  }

  /** Whether an example shows what difference a filter makes. */
  shows({ source }: Filter): boolean {
    return this.#shown.has(source);
  }

  /** @param through the filter for which the command was thought of */
  ask({ words, kind }: Candidate, through?: Filter): void {
    const old = this.old.policy.decide(words);
    const decided = this.new_.policy.decide(words);
    const direction = directionOf(old, decided);
    if (direction === undefined) return;
    const side = direction === 'forbidden' ? this.old : this.new_;
    const decision = direction === 'forbidden' ? old : decided;
    if (decision.outcome !== 'allowed') return;
    const filter = this.#filters.get(side)?.get(decision.filter);
    if (filter === undefined) return;
    for (const one of [old, decided]) if (one.outcome === 'allowed') this.#shown.add(one.filter);
    if (through !== undefined && kind === 'behind') this.#shown.add(through.source);
    this.#keep(direction, filter, { words, kind, old, new: decided });
  }

  /** Asks where the programs of those filters are not installed that decide before this one. */
  askWithout(candidate: Candidate, filter: Filter, side: Side): void {
    const missing = new Set<string>();
    this.machine.missing = missing;
    try {
      for (let round = 0; round < MOST_MISSING; round++) {
        const decision = side.policy.decide(candidate.words);
        if (decision.outcome !== 'allowed') return;
        if (decision.filter === filter.source) {
          this.ask(candidate, filter);
          return;
        }
        const before = this.#filters.get(side)?.get(decision.filter);
        if (before === undefined) return;
        for (const file of filesOf(before.exec, side)) missing.add(file);
      }
    } finally {
      this.machine.missing = new Set();
    }
  }

  #keep(direction: Direction, filter: Filter, example: Example): void {
    const missing = [...this.machine.missing];
    const { file, line, name } = filter.source;
    const key = JSON.stringify([direction, file, line, name, missing]);
    const known = this.#found.get(key)?.examples ?? [];
    if (known.some(({ words }) => isSame(words, example.words))) return;
    const examples = [...known, example].sort((a, b) => rank(a) - rank(b));
    this.#found.set(key, {
      direction,
      filter,
      missing,
      examples: examples.slice(0, MOST_EXAMPLES),
    });
  }
}

/** How two decisions about one command differ; undefined when the same would run. */
export function directionOf(old: Decision, decided: Decision): Direction | undefined {
  if (old.outcome !== 'allowed') return decided.outcome === 'allowed' ? 'allowed' : undefined;
  if (decided.outcome !== 'allowed') return 'forbidden';
  return JSON.stringify(old.plan) === JSON.stringify(decided.plan) ? undefined : 'changed';
}

function rank({ kind }: Example): number {
  return KINDS.indexOf(kind);
}

function filesOf(exec: string, { settings }: Side): readonly string[] {
  return exec.startsWith('/')
    ? [exec]
    : (settings.execDirs ?? []).map((place) => join(place, exec));
}

function join(place: string, exec: string): string {
  return place.endsWith('/') ? `${place}${exec}` : `${place}/${exec}`;
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((word, index) => word === b[index]);
}
