import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const DOCUMENT = 'docs/architecture.md';

/** What each folder of src may import, by the table: folders and files as they are named there. */
function allowedImports(): Map<string, ReadonlySet<string>> {
  const text = readFileSync(DOCUMENT, 'utf8');
  const [, table = ''] = text.split('| folder | imports |\n|---|---|\n');
  const rows = (table.split('\n\n')[0] ?? '').matchAll(/^\| `([a-z/]+)` \| (.*) \|$/gm);
  return new Map(
    [...rows].map(([, folder = '', imports = '']) => {
      const names = [...imports.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
      const below = /its (?:own )?subfolders/.test(imports) ? [`${folder}/*`] : [];
      return [folder, new Set([...names, ...below])];
    }),
  );
}

function foldersOf(folder: string): string[] {
  const inner = readdirSync(join('src', folder)).map((name) => join(folder, name));
  const folders = inner.filter((path) => statSync(join('src', path)).isDirectory());
  return folders.flatMap((path) => [path, ...foldersOf(path)]);
}

/** The modules below src that those of a folder import, from other folders. */
function importsOf(folder: string): Set<string> {
  const found = new Set<string>();
  for (const name of readdirSync(join('src', folder)).filter((file) => file.endsWith('.ts'))) {
    const text = readFileSync(join('src', folder, name), 'utf8');
    for (const [, path = ''] of text.matchAll(/(?:from|import\() ?'(\.[^']*)\.js'/g)) {
      const module = normalize(join(folder, path));
      if (dirname(module) !== folder) found.add(`${module}.ts`);
    }
  }
  return found;
}

test('every folder of src has a row in the table of imports', () => {
  const allowed = allowedImports();
  for (const folder of foldersOf('.')) assert.ok(allowed.has(folder), folder);
});

test('a folder imports from those in its row, and from nothing else', () => {
  const allowed = allowedImports();
  for (const folder of foldersOf('.')) {
    const names = allowed.get(folder) ?? new Set();
    for (const module of importsOf(folder)) {
      const home = dirname(module);
      const isAllowed =
        names.has(home) ||
        names.has(module) ||
        (home.startsWith(`${folder}/`) && names.has(`${folder}/*`));
      assert.ok(isAllowed, `${folder} imports ${module}`);
    }
  }
});

test.run();
