import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { publicDirectory, ROOT } from './executable.js';

/** A service's files as root would install them, for every user to read. */
export interface Installed {
  readonly directory: string;
  /** The directory of its privileged modules. */
  readonly modules: string;
}

/**
 * A directory with privileged modules, where the service finds this package as npm would have put it.
 *
 * @param texts of the modules by their file names
 */
export function installModules(texts: Readonly<Record<string, string>>): Installed {
  const directory = publicDirectory();
  const modules = join(directory, 'privileged');
  mkdirSync(modules);
  mkdirSync(join(directory, 'node_modules'));
  symlinkSync(ROOT, join(directory, 'node_modules/tsrootwrap'));
  writeFileSync(join(directory, 'package.json'), '{"type":"module"}');
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(modules, name), text);
  return { directory, modules };
}
