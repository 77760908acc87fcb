import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Entrypoint, entrypointOf, registeredEntrypoints } from '../contexts/entrypoint.js';
import { textOf } from '../run/thrown.js';
import { findModules, ModulesError } from './find-modules.js';

/** A function that a module exports. */
export interface ExportedFunction {
  /** Path from the directory. */
  readonly module: string;
  readonly name: string;
  /** Undefined for a plain function. */
  readonly entrypoint: Entrypoint | undefined;
}

/**
 * Imports all modules of a directory and finds the functions that they export.
 *
 * @throws {ModulesError} when two functions of a context have one name, or an entrypoint has none
 */
export async function loadModules(directory: string): Promise<ExportedFunction[]> {
  const found: ExportedFunction[] = [];
  for (const module of findModules(directory)) {
    let exported: Map<string, unknown>;
    try {
      exported = exportsOf(await import(pathToFileURL(join(directory, module)).href));
    } catch (error) {
      throw new ModulesError(`${join(directory, module)} cannot be loaded: ${said(error)}`, {
        cause: error,
      });
    }
    for (const [name, value] of exported) {
      if (typeof value !== 'function') continue;
      found.push({ module, name, entrypoint: entrypointOf(value) });
    }
  }
  checkNames(found);
  checkReachable(found);
  checkOwnNames(found);
  return found;
}

/** What an ES module exports; and what a CommonJS module does, which imports as `default`. */
function exportsOf(namespace: Readonly<Record<string, unknown>>): Map<string, unknown> {
  const { default: whole } = namespace;
  const own = typeof whole === 'object' && whole !== null ? Object.entries(whole) : [];
  const all = new Map([...own, ...Object.entries(namespace)]);
  all.delete('module.exports'); // Node's second name for `default`
  return all;
}

function checkNames(found: readonly ExportedFunction[]): void {
  const taken = new Map<string, ExportedFunction>();
  for (const exported of found) {
    const { entrypoint, name, module } = exported;
    if (entrypoint === undefined) continue;
    const key = `${entrypoint.context.name} ${name}`;
    const other = taken.get(key);
    if (other !== undefined && other.entrypoint !== entrypoint) {
      throw new ModulesError(
        `${other.module} and ${module} both export a ${name} of context ${entrypoint.context.name}; ` +
          'give one of them another name',
      );
    }
    taken.set(key, exported);
  }
}

function checkReachable(found: readonly ExportedFunction[]): void {
  const reachable = new Set(found.map(({ entrypoint }) => entrypoint));
  for (const entrypoint of registeredEntrypoints()) {
    if (reachable.has(entrypoint)) continue;
    throw new ModulesError(
      `an entrypoint of context ${entrypoint.context.name}, made in ` +
        `${entrypoint.module ?? 'an unknown module'}, is exported by no module; ` +
        'export it, or nobody can call it',
    );
  }
}

/** A service asks for a function by the name that it gives itself, where it has one. */
function checkOwnNames(found: readonly ExportedFunction[]): void {
  for (const { entrypoint, module, name } of found) {
    const own = entrypoint?.name;
    const isExported = (other: ExportedFunction) =>
      other.entrypoint === entrypoint && other.name === own;
    if (own === undefined || found.some(isExported)) continue;
    throw new ModulesError(
      `${module} exports as ${name} what calls itself ${own} by its \`name\`; write the same in both places`,
    );
  }
}

function said(error: unknown): string {
  if (!(error instanceof Error)) return textOf(error);
  // Node keeps the place to itself
  return error instanceof SyntaxError
    ? `${error.message}; \`node --check FILE\` shows where`
    : textOf(error.message);
}
