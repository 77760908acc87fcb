import type { Assignment } from '../contexts/assignment.js';
import { declaredContexts } from '../contexts/context.js';
import { type ContextDeclaration, difference } from '../contexts/declaration.js';
import type { Entrypoint } from '../contexts/entrypoint.js';
import type { PreparedFunction } from '../run/prepared-function.js';
import { type ExportedFunction, loadModules } from './load-modules.js';

/** What a helper serves. */
export interface PreparedFunctions {
  readonly byName: ReadonlyMap<string, PreparedFunction>;
  readonly byEntrypoint: ReadonlyMap<Entrypoint, PreparedFunction>;
}

/**
 * Compares what the modules declare here with what they were said to declare, by which this process was
 * given its powers: whoever might have changed that message on its way gets no helper by it.
 */
function verifyDeclaration({ declaration, overridden }: Assignment): void {
  const { name } = declaration;
  const declared = declaredContexts().find((context) => context.name === name)?.declaration;
  if (declared === undefined) throw new Error(`no module declares context ${name} any more`);
  const kept = overridden.map((key) => [key, declaration[key as keyof ContextDeclaration]]);
  const option = difference({ ...declared, ...Object.fromEntries(kept) }, declaration);
  if (option === undefined) return;
  throw new Error(
    `the \`${option}\` of context ${name} is another one now than when its modules were read; start it again`,
  );
}

/**
 * Loads the modules of a directory and compiles the schemas of one context's functions. Those of other
 * contexts are loaded with them, and are out of reach.
 *
 * @throws for the first module or schema that is not in order
 */
export async function prepareFunctions(assignment: Assignment): Promise<PreparedFunctions> {
  const { resultLimits } = assignment;
  const { name: context, gracePeriod: grace } = assignment.declaration;
  const exported = await loadModules(assignment.directory);
  verifyDeclaration(assignment);
  // with ajv, a package: it is loaded as modules' own packages are
  const { PreparedFunction } = await import('../run/prepared-function.js');
  const byName = new Map<string, PreparedFunction>();
  const byEntrypoint = new Map<Entrypoint, PreparedFunction>();
  for (const { entrypoint, module, name } of exported) {
    if (entrypoint?.context.name !== context) continue;
    const prepared = attempted({ entrypoint, module, name }, () => {
      return new PreparedFunction(name, entrypoint, { grace, resultLimits });
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
