import type { DefinedFilter } from '../../policy/policy-source.js';
import type { ContextDeclaration } from '../../privileged/contexts/declaration.js';
import type { Finding } from '../finding.js';
import { type Wide, wideIn, widenedBy } from './check-context.js';
import { checkFunction, endsInPrivileged } from './check-function.js';
import { operatorOf, strayedSections } from './check-sections.js';
import { isStarted } from './check-start.js';
import { type Holder, holderOf } from './holder.js';
import { contextPlace, exportPlace, type Location } from './locate.js';
import type { LoadedModules, Modules, OperatorSections } from './modules.js';

/** What the modules are judged with. */
export interface Surroundings {
  /** The configuration that names them; undefined without one. */
  readonly config: OperatorSections | undefined;
  readonly definitions: readonly DefinedFilter[];
}

/**
 * What privileged modules give away: arguments that say too little, contexts that hold too much,
 * names that mislead, sections of rootwrap.conf that miss.
 */
export function checkModules(modules: Modules, { config, definitions }: Surroundings): Finding[] {
  if (!isLoaded(modules)) return [unloaded(modules)];
  const { description } = modules;
  const holders = new Map<string, Holder>();
  const contexts = description.contexts.flatMap((declared) => {
    const { overrides, places, findings } = operatorOf(config, declared.name);
    const { debug: _, ...said } = overrides;
    const declaration: ContextDeclaration = { ...declared, ...said };
    holders.set(declared.name, holderOf(declaration));
    const at = contextPlace(modules, declared.name);
    const tell = ({ key, problem }: Wide): Finding => ({
      ...problem,
      ...(places.get(key) ?? at),
      filter: declared.name,
    });
    return [
      ...findings,
      ...[...wideIn(declaration), ...widenedBy(declared, overrides)].map(tell),
      ...checkUse(declared.name, modules, definitions, at),
    ];
  });
  return [
    ...contexts,
    ...(config === undefined ? [] : strayedSections(config, description.contexts)),
    ...description.functions.flatMap((described) => {
      const holder = holders.get(described.context);
      if (holder === undefined) return []; // no such description is made
      const place = { ...exportPlace(modules, described), filter: described.name };
      return checkFunction(described, holder).map((problem): Finding => ({ ...problem, ...place }));
    }),
    ...misnamed(modules),
  ];
}

function isLoaded(modules: Modules): modules is LoadedModules {
  return !(modules.description instanceof Error);
}

function unloaded({ directory, description }: Modules): Finding {
  return {
    rule: 'privileged-load',
    severity: 'high',
    file: directory,
    line: 0,
    problem: `no helper would start: ${(description as Error).message.trim().replace(/\.$/, '')}`,
  };
}

function checkUse(
  name: string,
  { description }: LoadedModules,
  definitions: readonly DefinedFilter[],
  at: Location,
): Finding[] {
  if (!description.functions.some(({ context }) => context === name)) {
    return [
      {
        rule: 'privileged-empty-context',
        severity: 'low',
        ...at,
        filter: name,
        problem: 'no module exports a function of this context',
      },
    ];
  }
  if (isStarted(definitions, name)) return [];
  return [
    {
      rule: 'privileged-no-start',
      severity: 'low',
      ...at,
      filter: name,
      problem: `no filter takes tsrootwrap-privileged --config CONFIG --context ${name}, so its helper cannot be started through sudo`,
    },
  ];
}

function misnamed(modules: LoadedModules): Finding[] {
  return modules.description.others
    .filter(({ name }) => endsInPrivileged(name))
    .map((other) => ({
      rule: 'privileged-plain-function',
      severity: 'medium',
      ...exportPlace(modules, other),
      filter: other.name,
      problem: 'it is called privileged, and runs in the service like any other function',
      instead: 'make it an entrypoint of a context, or rename it',
    }));
}
