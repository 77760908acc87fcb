import { readdirSync } from 'node:fs';
import { extname, join } from 'node:path';

/** What is wrong with the modules of a directory; the message says what to do. */
export class ModulesError extends Error {
  override readonly name = 'ModulesError';
}

/** What each kind of TypeScript file is compiled to. */
const COMPILED: ReadonlyMap<string, string> = new Map([
  ['.ts', '.js'],
  ['.mts', '.mjs'],
  ['.cts', '.cjs'],
]);
const CODE: ReadonlySet<string> = new Set([...COMPILED.keys(), ...COMPILED.values()]);

/**
 * The modules of a directory and of those below it, as paths from it, in the order of their names. Not
 * declarations (`.d.ts`), not what begins with a dot, not `node_modules`.
 *
 * @throws {ModulesError} for a symbolic link, for a module beside its own source, for TypeScript where
 * this Node does not run it
 */
export function findModules(directory: string): string[] {
  const modules = [...modulesBelow(directory, '')].sort();
  const known = new Set(modules);
  for (const module of modules) {
    const compiled = COMPILED.get(extname(module));
    if (compiled === undefined) continue;
    const product = module.slice(0, -extname(module).length) + compiled;
    if (known.has(product)) {
      throw new ModulesError(
        `${join(directory, product)} and ${module} are beside each other; ` +
          'keep the source in another directory, or remove what was compiled',
      );
    }
    if (!runsTypeScript()) {
      throw new ModulesError(
        `${join(directory, module)} is TypeScript, which Node ${process.version} does not run; ` +
          'compile it, or use Node 22.18 or later',
      );
    }
  }
  return modules;
}

function* modulesBelow(directory: string, below: string): Generator<string> {
  for (const entry of readdirSync(join(directory, below), { withFileTypes: true })) {
    const { name } = entry;
    if (name.startsWith('.') || name === 'node_modules') continue;
    const path = join(below, name);
    if (entry.isDirectory()) yield* modulesBelow(directory, path);
    else if (entry.isSymbolicLink()) {
      throw new ModulesError(
        `${join(directory, path)} is a symbolic link; put there what it leads to, or import that`,
      );
    } else if (CODE.has(extname(name)) && !/\.d\.[mc]?ts$/.test(name)) yield path;
  }
}

function runsTypeScript(): boolean {
  return Boolean((process.features as { typescript?: unknown }).typescript);
}
