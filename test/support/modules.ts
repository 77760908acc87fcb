import * as assert from 'uvu/assert';
import type { Finding } from '#src/check/finding.js';
import { checkModules, type Surroundings } from '#src/check/privileged/check-modules.js';
import type { LoadedModules } from '#src/check/privileged/modules.js';
import { RULES } from '#src/check/rule-table.js';
import type { ContextDeclaration, ContextOptions } from '#src/privileged/contexts/declaration.js';
import { declare } from '#src/privileged/contexts/declaration.js';
import type { DescribedFunction } from '#src/privileged/contexts/description.js';
import type { ArgumentSchemas } from '#src/privileged/schema/types.js';

/** The context of the example. */
export function netContext(
  options: Partial<ContextOptions> = {},
  name = 'net',
): ContextDeclaration {
  return declare(name, { user: 'svc-net', capabilities: ['CAP_NET_ADMIN'], ...options });
}

/** A function of the context net. */
export function described(
  args: ArgumentSchemas | null,
  change: Partial<DescribedFunction> = {},
): DescribedFunction {
  const plain = { module: 'bridge.js', name: 'doPrivileged', context: 'net', timeout: null };
  return { ...plain, args, returns: null, ...change };
}

/** Modules of one context and these functions. */
export function modulesOf(
  functions: readonly DescribedFunction[],
  contexts: readonly ContextDeclaration[] = [netContext()],
  others: LoadedModules['description']['others'] = [],
): LoadedModules {
  return {
    directory: '/modules',
    description: { contexts, functions, others },
    text: () => undefined,
  };
}

/** All findings but that nothing starts the helpers. Each rule must be in the table. */
export function foundIn(
  modules: Parameters<typeof checkModules>[0],
  surroundings: Partial<Surroundings> = {},
): Finding[] {
  const found = checkModules(modules, { config: undefined, definitions: [], ...surroundings });
  for (const { rule } of found) assert.ok(rule in RULES, rule);
  return found.filter(({ rule }) => rule !== 'privileged-no-start');
}

/** What is found about one function with these arguments, as `severity rule`. */
export function foundFor(args: ArgumentSchemas | null, context = netContext()): string[] {
  return foundIn(modulesOf([described(args)], [context]))
    .filter(({ filter }) => filter === 'doPrivileged')
    .map(({ severity, rule }) => `${severity} ${rule.replace('privileged-', '')}`);
}
