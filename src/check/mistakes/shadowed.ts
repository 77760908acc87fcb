import { baseName, type Filter } from '../../policy/filters/filter.js';
import type { DefinedFilter, PolicySource } from '../../policy/policy-source.js';
import type { Finding } from '../finding.js';
import { covers } from './covers.js';
import { findingAt, type Mistake } from './mistake.js';

/** Earlier filters for the same program that are compared with one: files that want more want to hurt. */
const MOST_COMPARED = 100;

type Judged = DefinedFilter & { readonly filter: Filter };

/**
 * Filters that decide nothing, since an earlier one takes all that they take, and those that narrow
 * nothing, since a later one does.
 *
 * @param dead lines that match nothing by themselves
 * @param machine whether it counts which programs are there
 */
export function shadowed(
  source: PolicySource,
  dead: ReadonlySet<DefinedFilter>,
  machine: boolean,
): Finding[] {
  const judged = source.definitions.filter(
    (definition): definition is Judged => definition.filter !== undefined && !dead.has(definition),
  );
  const findings: Finding[] = [];
  const told = new Set<Judged>();
  walk(judged, (earlier, later) => {
    if (!covers(earlier.filter, later.filter)) return false;
    if (!isThereFor(earlier.filter, later.filter, source, machine)) return false;
    told.add(later);
    findings.push(findingAt(later.source, shadowMistake(earlier, later)));
    return true;
  });
  walk(judged.toReversed(), (later, earlier) => {
    if (told.has(earlier) || !widens(later.filter, earlier.filter)) return false;
    told.add(earlier);
    findings.push(findingAt(earlier.source, widenedMistake(placeOf(later, earlier), later)));
    return true;
  });
  for (const definition of judged) {
    if (told.has(definition) || !isWidenedByHelper(source, definition.filter)) continue;
    const advice = 'write privsep_helper = false under [DEFAULT] of rootwrap.conf';
    const mistake = widenedMistake('the filter for privsep-helper that is always there', undefined);
    findings.push(findingAt(definition.source, { ...mistake, advice }));
  }
  return findings;
}

/** Offers each line with those before it that could take the same first word, until one is taken. */
function walk(lines: readonly Judged[], offer: (before: Judged, line: Judged) => boolean): void {
  const seen = new Map<string, Judged[]>();
  for (const line of lines) {
    const keys = keysOf(line.filter);
    [...keys, programKey(line.filter)].some((key) =>
      seen.get(key)?.some((other) => offer(other, line)),
    );
    for (const key of keys) {
      const list = seen.get(key);
      if (list === undefined) seen.set(key, [line]);
      else if (list.length < MOST_COMPARED) list.push(line);
    }
  }
}

/** Where a filter is found: by the words that it begins with, else by its program. */
function keysOf(filter: Filter): readonly string[] {
  const { reach } = filter;
  if (reach.by === 'any' || reach.by === 'count') return [programKey(filter)];
  return reach.words.map((word) => `word ${word}`);
}

function programKey({ exec }: Filter): string {
  return `program ${exec}`;
}

/** Whether the program of the earlier filter is there whenever that of the later one is. */
function isThereFor(
  { exec }: Filter,
  later: Filter,
  { policy }: PolicySource,
  machine: boolean,
): boolean {
  if (exec === later.exec) return true;
  const directory = later.exec.slice(0, later.exec.lastIndexOf('/')) || '/';
  const isFoundThere = later.exec.startsWith('/') && policy.execDirs.includes(directory);
  if (exec === baseName(later.exec) && isFoundThere) return true;
  return machine && policy.findExecutable(exec) !== undefined;
}

function shadowMistake(earlier: Judged, later: Judged): Mistake {
  const place = placeOf(earlier, later);
  const same = covers(later.filter, earlier.filter) && earlier.filter.user === later.filter.user;
  if (same) {
    return {
      rule: 'shadowed',
      severity: 'low',
      problem: `${place} takes the same commands, so this line decides nothing`,
      advice: 'remove this line',
    };
  }
  if (earlier.filter.user !== later.filter.user) {
    return {
      rule: 'shadowed',
      severity: 'medium',
      problem: `${place} takes the same commands first, and runs them as ${earlier.filter.user}, not as ${later.filter.user}`,
      advice: `remove ${place}, or this line`,
    };
  }
  return {
    rule: 'shadowed',
    severity: 'medium',
    problem: `${place} takes these commands and more, so this line narrows nothing`,
    advice: `remove ${place} if this line says what is needed`,
  };
}

/** A later filter that allows, for the same user and program, what the earlier one refuses. */
function widens(later: Filter, earlier: Filter): boolean {
  if (later.source.className !== 'CommandFilter') return false;
  if (earlier.source.className === 'CommandFilter' || later.user !== earlier.user) return false;
  return baseName(later.exec) === baseName(earlier.exec) && covers(later, earlier);
}

function widenedMistake(place: string, later: Judged | undefined): Mistake {
  return {
    rule: 'widened',
    severity: 'medium',
    problem: `${place} takes any arguments, so this line narrows nothing`,
    advice: later && `remove ${place} if this line says what is needed`,
  };
}

/** The filter that the engine adds, behind all others. */
function isWidenedByHelper({ policy }: PolicySource, filter: Filter): boolean {
  const last = policy.filters.at(-1);
  return last?.source.line === 0 && widens(last, filter);
}

function placeOf({ source }: Judged, other: Judged): string {
  return source.file === other.source.file
    ? `line ${source.line}`
    : `line ${source.line} of ${source.file}`;
}
