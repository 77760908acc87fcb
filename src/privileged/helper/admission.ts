import { isBuiltin } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ownFile } from './own-package.js';
import { admit, admitIfThere, admitPackageFiles, UntrustedCodeError } from './trusted-code.js';

/**
 * What may be loaded: Node's own modules, and files that nobody but these users can change. It is asked
 * with what Node found for a specifier before links were followed, which takes `--preserve-symlinks`.
 */
export class Admission {
  /** @param owners uids */
  constructor(readonly owners: readonly number[]) {}

  /** The URL of this package's own file for its names, whatever else is installed under them. */
  ownUrl(specifier: string): string | undefined {
    const file = ownFile(specifier);
    return file === undefined ? undefined : pathToFileURL(file).href;
  }

  /**
   * @param parent URL of the module that asks
   * @param found what Node would load
   * @returns what to load
   * @throws {UntrustedCodeError}
   */
  url(specifier: string, parent: string | undefined, found: string): string {
    if (found.startsWith('node:')) return found;
    if (!found.startsWith('file:')) {
      throw new UntrustedCodeError(`${found.slice(0, 200)} is not loaded: only files are`);
    }
    const { search, hash } = new URL(found);
    const asking = parent?.startsWith('file:') ? fileURLToPath(parent) : undefined;
    const path = this.path(specifier, asking, fileURLToPath(found));
    return `${pathToFileURL(path).href}${search}${hash}`;
  }

  /** The same for paths, as `require` has them. */
  path(specifier: string, parent: string | undefined, found: string): string {
    for (const file of packageFilesAsked(specifier, parent)) admitIfThere(file, this.owners);
    return this.file(found);
  }

  /** @throws {UntrustedCodeError} */
  file(path: string): string {
    const canonical = admit(path, this.owners);
    admitPackageFiles(path, this.owners);
    if (canonical !== path) admitPackageFiles(canonical, this.owners);
    return canonical;
  }
}

/** The package.json files that decide where a specifier leads, which may be far from them. */
function packageFilesAsked(specifier: string, parent: string | undefined): string[] {
  if (parent === undefined || isBuiltin(specifier)) return [];
  const from = dirname(parent);
  if (/^\.{0,2}\//.test(specifier) || specifier === '.' || specifier === '..') {
    return [join(resolve(from, specifier), 'package.json')];
  }
  const [name] = /^(?:@[^/]+\/)?[^/:#]+/.exec(specifier) ?? [];
  if (name === undefined) return [];
  const files: string[] = [];
  for (let directory = from; ; directory = dirname(directory)) {
    files.push(join(directory, 'node_modules', name, 'package.json'));
    if (directory === '/') return files;
  }
}
