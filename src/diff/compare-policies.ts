import { EnvFilter } from '../policy/filters/env-filter.js';
import { baseName, type Filter } from '../policy/filters/filter.js';
import type { PolicySource } from '../policy/policy-source.js';
import { Candidates } from './candidates.js';
import type { PolicyDifference, Unproven } from './difference.js';
import { Evidences } from './evidence.js';
import { execDirsDifference } from './exec-dirs.js';
import { moved } from './moved.js';
import { lineOf } from './neighbours.js';
import { type Side, suppose } from './supposed-policy.js';
import { differenceOf, Telling } from './telling.js';

/** Filters for which a leading `env` has come to mean something else: some show it for all. */
const MOST_BEHIND_ENV = 100;

/**
 * What a change of policy newly allows and newly forbids. Lines that both have, wherever they stand
 * and whatever their name, are passed over; the others are looked at for commands that the engine
 * decides differently. Nothing is said without such a command.
 */
export function comparePolicies(old: PolicySource, changed: PolicySource): PolicyDifference {
  const { machine, ...sides } = suppose(old, changed);
  const candidates = new Candidates(machine.processes, [sides.old, sides.new]);
  const evidences = new Evidences(machine, sides.old, sides.new);
  const before = firstOfEach(sides.old);
  const after = firstOfEach(sides.new);

  const examine = (filter: Filter, side: Side, other: Side) => {
    const all = candidates.of(filter, side, other);
    for (const candidate of all) evidences.ask(candidate, filter);
    if (evidences.shows(filter)) return;
    for (const candidate of all) evidences.askWithout(candidate, filter, side);
  };
  const added = [...after].filter(([key]) => !before.has(key)).map(([, filter]) => filter);
  const removed = [...before].filter(([key]) => !after.has(key)).map(([, filter]) => filter);
  for (const filter of added) examine(filter, sides.new, sides.old);
  for (const filter of removed) examine(filter, sides.old, sides.new);

  const common = [...after.keys()].filter((key) => before.has(key));
  for (const key of moved(
    [...before.keys()].filter((one) => after.has(one)),
    common,
  )) {
    const [here, there] = [after.get(key), before.get(key)];
    if (here !== undefined) examine(here, sides.new, sides.old);
    if (there !== undefined) examine(there, sides.old, sides.new);
  }
  const behind = [behindEnv(sides.old), behindEnv(sides.new)] as const;
  const shifted = common.filter((key) => behind[0].has(key) !== behind[1].has(key));
  for (const key of shifted.slice(0, MOST_BEHIND_ENV)) {
    const filter = after.get(key);
    for (const candidate of filter ? candidates.of(filter, sides.new, sides.old) : []) {
      if (candidate.kind === 'spelt') evidences.ask(candidate, filter);
    }
  }

  /** What a line became, or was, may show what there is to tell about it. */
  const untold = (some: readonly Filter[], others: readonly Filter[]) => {
    const told = new Set(others.filter((one) => evidences.shows(one)).map(lineOf));
    return some.filter((one) => !evidences.shows(one) && !told.has(lineOf(one)));
  };
  const telling = new Telling(candidates, sides);
  const places = execDirsDifference(sides, candidates);
  return {
    differences: [
      ...places.differences,
      ...evidences.all.map((evidence) => differenceOf(evidence, telling)),
    ].sort((a, b) => (a.program === b.program ? 0 : a.program < b.program ? -1 : 1)),
    unproven: [
      ...places.unproven,
      ...untold(removed, added).map((one) => unproven('old', one)),
      ...untold(added, removed).map((one) => unproven('new', one)),
      ...withoutFilter('old', old, changed),
      ...withoutFilter('new', changed, old),
    ],
  };
}

/** By key. Of lines that say the same the first decides. */
function firstOfEach({ filters, keys }: Side): Map<string, Filter> {
  const found = new Map<string, Filter>();
  for (const filter of filters) {
    const key = keys.get(filter) ?? '';
    if (!found.has(key)) found.set(key, filter);
  }
  return found;
}

/** The keys of filters that are asked after a leading `env` was taken off. */
function behindEnv({ filters, keys }: Side): ReadonlySet<string | undefined> {
  const env = filters.findIndex((filter) => filter instanceof EnvFilter);
  return new Set(env === -1 ? [] : filters.slice(env + 1).map((filter) => keys.get(filter)));
}

function unproven(side: Unproven['side'], filter: Filter): Unproven {
  const what =
    side === 'new'
      ? 'new, but no command was found that was decided otherwise before'
      : 'gone, but no command was found that is now decided otherwise';
  return {
    side,
    program: baseName(filter.exec),
    filter: filter.source,
    words: `${filter.source.name}: ${what}`,
  };
}

/** Lines that make no filter: of a class that the engine does not know, or broken. */
function withoutFilter(
  side: Unproven['side'],
  source: PolicySource,
  other: PolicySource,
): Unproven[] {
  const keyOf = ({ source, words }: PolicySource['definitions'][number]) =>
    JSON.stringify([source.className, ...words]);
  const there = new Set(other.definitions.filter(({ filter }) => !filter).map(keyOf));
  return source.definitions
    .filter((definition) => !definition.filter && !there.has(keyOf(definition)))
    .map(({ source, words }) => ({
      side,
      program: baseName(words[0] ?? ''),
      filter: source,
      words: `${source.name}: the engine has no such filter (${source.className}): it allows nothing`,
    }));
}
