import type { Filter } from '../policy/filters/filter.js';
import { Policy } from '../policy/policy.js';
import type { Candidates } from './candidates.js';
import type { PolicyDifference } from './difference.js';
import { directionOf } from './evidence.js';
import type { Side } from './supposed-policy.js';

const MOST_EXAMPLES = 3;

/** Filters that are tried for an example. */
const MOST_TRIED = 200;

interface Sides {
  readonly old: Side;
  readonly new: Side;
}

/** A change of exec_dirs: one difference for all programs that are named without a path. */
export function execDirsDifference(sides: Sides, candidates: Candidates): PolicyDifference {
  const dirs = [sides.old.execDirs, sides.new.execDirs] as const;
  if (dirs[0].join(':') === dirs[1].join(':')) return { differences: [], unproven: [] };
  const missing = new Set<string>();
  const [old, changed] = [sides.old, sides.new].map(({ settings, filters, execDirs }) =>
    Policy.of({ ...settings, execDirs }, { filters, warnings: [] }, (path) => !missing.has(path)),
  ) as [Policy, Policy];
  const filter = {
    name: 'exec_dirs',
    className: '(setting)',
    file: sides.new.settings.file,
    line: 0,
  };
  const program = '(all programs without a path)';
  const common = sharedStart(dirs[0], dirs[1]);
  const words = `looked for in ${placesIn(dirs[1])}; before in ${placesIn(dirs[0])}`;
  const named = sides.new.filters.filter(isNamed).slice(0, MOST_TRIED);
  for (const one of named) {
    const command = candidates.sample(one);
    if (command === undefined) continue;
    missing.clear();
    for (const place of common) missing.add(`${place}/${one.exec}`);
    const direction = directionOf(old.decide(command), changed.decide(command));
    if (direction === undefined) continue;
    const examples = [command];
    const where = [...missing];
    return {
      differences: [
        {
          direction,
          program,
          filter,
          user: one.user,
          words,
          attack: false,
          examples: examples.slice(0, MOST_EXAMPLES),
          missing: where,
        },
      ],
      unproven: [],
    };
  }
  return {
    differences: [],
    unproven: [
      { side: 'new', program, filter, words: `exec_dirs: ${words}; no command was found for it` },
    ],
  };
}

function isNamed({ exec, chaining }: Filter): boolean {
  return !exec.includes('/') && !chaining;
}

/** The directories that both begin with: only a program that is in none of them is found elsewhere. */
function sharedStart(a: readonly string[], b: readonly string[]): readonly string[] {
  const end = a.findIndex((place, index) => place !== b[index]);
  return end === -1 ? a : a.slice(0, end);
}

function placesIn(places: readonly string[]): string {
  return places.length === 0 ? 'no directory' : places.join(', ');
}
