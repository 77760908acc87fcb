import { dirname, relative, resolve } from 'node:path';
import type { RootwrapConf } from '../config/rootwrap-conf.js';
import type { Filter } from '../policy/filters/filter.js';
import { KillFilter } from '../policy/filters/kill-filter.js';
import { PathFilter } from '../policy/filters/path-filter.js';
import { privsepHelper } from '../policy/load-filters.js';
import { Policy } from '../policy/policy.js';
import type { PolicySource } from '../policy/policy-source.js';
import {
  SupposedKillFilter,
  SupposedPathFilter,
  SupposedProcesses,
  USUAL_PATH,
} from './supposed-filters.js';

/**
 * What both policies are judged on in the place of this machine, so that the answer is the same
 * everywhere: every program is installed, no path is a link, every program of a KillFilter runs.
 */
export class SupposedMachine {
  /** Programs that are not installed after all. */
  missing: ReadonlySet<string> = new Set();
  readonly isThere = (path: string): boolean => !this.missing.has(path);

  constructor(readonly processes: SupposedProcesses) {}
}

/** One of the two policies, as it would decide on the supposed machine. */
export interface Side {
  readonly name: 'old' | 'new';
  readonly policy: Policy;
  /** In the engine's order. */
  readonly filters: readonly Filter[];
  /** By which the same filter is known on the other side: its class and what follows it. */
  readonly keys: ReadonlyMap<Filter, string>;
  /** What exec_dirs really says. */
  readonly execDirs: readonly string[];
  readonly settings: RootwrapConf;
}

/** The two policies on one machine. Programs are looked for where the new policy does it. */
export function suppose(
  old: PolicySource,
  changed: PolicySource,
): { readonly machine: SupposedMachine; readonly old: Side; readonly new: Side } {
  const processes = new SupposedProcesses([...killed(old), ...killed(changed)]);
  const machine = new SupposedMachine(processes);
  const places = execDirsOf(changed, old);
  const common = places.length > 0 ? places : USUAL_PATH;
  return {
    machine,
    old: sideOf('old', old, changed, common, machine),
    new: sideOf('new', changed, old, common, machine),
  };
}

function killed({ definitions }: PolicySource): string[] {
  return definitions.flatMap(({ filter, words }) =>
    filter instanceof KillFilter ? [words[1] ?? ''] : [],
  );
}

/** Settings of filters without a configuration are those of the other side, which may have one. */
function execDirsOf(source: PolicySource, other: PolicySource): readonly string[] {
  const config = source.config ?? other.config;
  if (config?.execDirs === undefined) return USUAL_PATH;
  // one below the configuration stays the same wherever the two were checked out
  const home = dirname(resolve(config.file));
  return config.execDirs.map((place) => {
    const below = relative(home, place);
    return below.startsWith('..') || below === '' ? place : `/(configuration)/${below}`;
  });
}

function sideOf(
  name: Side['name'],
  source: PolicySource,
  other: PolicySource,
  execDirs: readonly string[],
  machine: SupposedMachine,
): Side {
  const keys = new Map<Filter, string>();
  for (const { source: place, words, filter } of source.definitions) {
    if (filter === undefined) continue;
    let supposed = filter;
    if (filter instanceof KillFilter) {
      supposed = new SupposedKillFilter(place, words, machine.processes);
    } else if (filter instanceof PathFilter) supposed = new SupposedPathFilter(place, words);
    keys.set(supposed, JSON.stringify([place.className, ...words]));
  }
  if ((source.config ?? other.config)?.privsepHelper) {
    keys.set(privsepHelper(), JSON.stringify(['CommandFilter', 'privsep-helper', 'root']));
  }
  const filters = [...keys.keys()];
  const settings = { ...source.policy.config, execDirs };
  return {
    name,
    policy: Policy.of(settings, { filters, warnings: [] }, machine.isThere),
    filters,
    keys,
    execDirs: execDirsOf(source, other),
    settings,
  };
}
