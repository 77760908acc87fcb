import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { publicDirectory, ROOT } from './executable.js';
import { temporaryDirectory } from './policy-files.js';

/** A service's directory with these files, and with this package linked where npm would put it. */
export function servicePackage(files: Readonly<Record<string, string>>): string {
  const directory = temporaryDirectory();
  mkdirSync(join(directory, 'node_modules'));
  symlinkSync(ROOT, join(directory, 'node_modules/tsrootwrap'));
  writeFiles(directory, files);
  return directory;
}

/** The same with a copy of this package, as npm installs it: loaders treat links in another way. */
export function installedServicePackage(files: Readonly<Record<string, string>>): string {
  const directory = publicDirectory();
  const modules = join(directory, 'node_modules');
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    dependencies: Readonly<Record<string, string>>;
  };
  for (const part of ['package.json', 'bin', 'dist', 'prebuilds']) {
    cpSync(join(ROOT, part), join(modules, 'tsrootwrap', part), {
      recursive: true,
      verbatimSymlinks: true,
    });
  }
  mkdirSync(join(modules, 'tsrootwrap/node_modules'));
  for (const name of Object.keys(dependencies)) {
    symlinkSync(join(ROOT, 'node_modules', name), join(modules, 'tsrootwrap/node_modules', name));
  }
  writeFiles(directory, files);
  return directory;
}

function writeFiles(directory: string, files: Readonly<Record<string, string>>): void {
  writeFileSync(join(directory, 'package.json'), '{"type":"module"}');
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
}
