import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { escapeControls } from '../../log/escape.js';
import { type Entrypoint, entrypointOf } from '../contexts/entrypoint.js';
import { PrivilegedError } from '../wire/errors.js';

/** Milliseconds in which a module that has been loaded is there again. */
const AT_ONCE = 3000;

/** CommonJS modules by their paths: one cache, whoever asks. A CommonJS bundle has no `import.meta.url`. */
const { cache: required } = createRequire(process.execPath);

const GIVE_NAME = "write its name, `entrypoint(..., { name: '...Privileged' })`";

const names = new WeakMap<Entrypoint, string>();

/** What Node adds to the exports of CommonJS modules, or what is no name of its own. */
const NO_NAMES: ReadonlySet<string> = new Set(['default', 'module.exports']);

/**
 * The name by which the helper knows a function: what it says itself, or that of its module's export.
 * The module has been loaded, since it made the function, so this gets it and runs nothing.
 *
 * @throws {PrivilegedError} it has none; the message says what to write
 */
export async function nameOf(entrypoint: Entrypoint): Promise<string> {
  const known = entrypoint.name ?? names.get(entrypoint);
  if (known !== undefined) return known;
  const exported = await exportsOf(entrypoint);
  const name = exported.find(([, value]) => value === entrypoint.callable)?.[0];
  if (name === undefined) throw notExported(entrypoint, exported);
  names.set(entrypoint, name);
  return name;
}

async function exportsOf(entrypoint: Entrypoint): Promise<[string, unknown][]> {
  const { module } = entrypoint;
  if (module === undefined) {
    throw fault(
      entrypoint,
      'nothing tells which module made it: call `entrypoint` at the top of a module that is a file',
    );
  }
  if (isLoadedOtherwise(entrypoint)) {
    throw fault(
      entrypoint,
      `${escapeControls(module)}, which made it, was not loaded by Node itself but by something like vitest, so that its exports are not known: ${GIVE_NAME}`,
    );
  }
  const specifier = module.startsWith('/') ? pathToFileURL(module).href : module;
  let namespace: Readonly<Record<string, unknown>>;
  try {
    namespace = await loadedAlready(entrypoint, specifier);
  } catch (error) {
    if (error instanceof PrivilegedError) throw error;
    throw fault(
      entrypoint,
      `${escapeControls(module)}, which made it, cannot be imported by that name (${escapeControls(`${(error as Error)?.message}`)}): make it in a module that is a file, and leave that out of bundles and caches, or ${GIVE_NAME}`,
    );
  }
  // A CommonJS module's exports are all in `default`, and not all of them beside it.
  return [...entriesOf(namespace), ...entriesOf(namespace.default)];
}

/**
 * Whether its module was loaded by something that is not Node's loader, such as vitest: import() would
 * run the module a second time, and give other functions. Node names an ES module by its URL, and keeps
 * a CommonJS module under its path. Bun names all by their paths.
 */
export function isLoadedOtherwise({ name, module }: Entrypoint): boolean {
  if (name !== undefined || !module?.startsWith('/') || 'bun' in process.versions) return false;
  return !Object.hasOwn(required, module) && !/\.c[jt]s$/.test(module);
}

/** A module that awaits the call at its top is not there before the call is over, and so never. */
async function loadedAlready(
  entrypoint: Entrypoint,
  specifier: string,
): Promise<Readonly<Record<string, unknown>>> {
  let timer: NodeJS.Timeout | undefined;
  const stuck = new Promise<never>((_, reject) => {
    const wait = `${escapeControls(specifier)}, which made it, is still being loaded, and seems to await this call: call it from another module, or not at the top; if that file is a bundle, leave privileged modules out of it, or ${GIVE_NAME}`;
    // what has arrived in the meantime counts: it may have been this process that did not run
    timer = setTimeout(setImmediate, AT_ONCE, () => reject(fault(entrypoint, wait)));
  });
  try {
    return await Promise.race([import(specifier), stuck]);
  } finally {
    clearTimeout(timer);
  }
}

/** Own properties that can be read now: a module may still be at work on others. */
function entriesOf(holder: unknown): [string, unknown][] {
  if ((typeof holder !== 'object' && typeof holder !== 'function') || holder === null) return [];
  const entries: [string, unknown][] = [];
  for (const name of Object.getOwnPropertyNames(holder)) {
    if (NO_NAMES.has(name)) continue;
    try {
      entries.push([name, (holder as Readonly<Record<string, unknown>>)[name]]);
    } catch {
      // not defined yet, or a getter of the module's that throws
    }
  }
  return entries;
}

function notExported(entrypoint: Entrypoint, exported: [string, unknown][]): PrivilegedError {
  const file = escapeControls(`${entrypoint.module}`);
  const others = exported.filter(([, value]) => entrypointOf(value) !== undefined);
  const bundled =
    others.length > 0
      ? ''
      : `; if that file is a bundle, leave privileged modules out of it, or ${GIVE_NAME}`;
  return fault(
    entrypoint,
    `${file}, which made it, does not export it under a name: write \`export const ...Privileged = ...entrypoint(...)\`${bundled}`,
  );
}

function fault({ context }: Entrypoint, problem: string): PrivilegedError {
  return new PrivilegedError(
    'ERR_PRIVILEGED_UNKNOWN',
    `a function of context ${context.name} was called that has no name: ${problem}`,
  );
}
