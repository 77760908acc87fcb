import type { ContextDeclaration } from '../contexts/declaration.js';
import type { Entrypoint } from '../contexts/entrypoint.js';
import type { PreparedFunction } from '../run/prepared-function.js';
import { type ExportedFunction, loadModules } from './load-modules.js';

/** What a helper serves. */
export interface PreparedFunctions {
  readonly byName: ReadonlyMap<string, PreparedFunction>;
  readonly byEntrypoint: ReadonlyMap<Entrypoint, PreparedFunction>;
}

/**
 * Loads the modules of a directory and compiles the schemas of one context's functions. Those of other
 * contexts are loaded with them, and are out of reach.
 *
 * @throws for the first module or schema that is not in order
 */
export async function prepareFunctions(
  directory: string,
  { name: context, gracePeriod }: ContextDeclaration,
): Promise<PreparedFunctions> {
  const exported = await loadModules(directory);
  // with ajv, a package: it is loaded as modules' own packages are
  const { PreparedFunction } = await import('../run/prepared-function.js');
  const byName = new Map<string, PreparedFunction>();
  const byEntrypoint = new Map<Entrypoint, PreparedFunction>();
  for (const { entrypoint, module, name } of exported) {
    if (entrypoint?.context.name !== context) continue;
    const prepared = attempted({ entrypoint, module, name }, () => {
      return new PreparedFunction(name, entrypoint, gracePeriod);
    });
    byName.set(name, prepared);
    byEntrypoint.set(entrypoint, prepared);
  }
  return { byName, byEntrypoint };
}

function attempted<T>({ module, name }: ExportedFunction, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw new Error(`${name} of ${module}: ${(error as Error).message}`, { cause: error });
  }
}
