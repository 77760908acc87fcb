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
    for (const path of pathsIn(text)) {
      const module = normalize(join(folder, path));
      if (dirname(module) !== folder) found.add(`${module}.ts`);
    }
  }
  return found;
}

/** The relative paths that a module imports, without `.js`. */
function pathsIn(text: string): string[] {
  const found = text.matchAll(/\b(?:from|import|require)\s*\(?\s*['"`](\.[^'"`]*)\.js['"`]/g);
  return [...found].map(([, path = '']) => path);
}

test('every way to import a module is seen', () => {
  for (const text of [
    "import { a } from './b.js';",
    "import './b.js';",
    "export * from './b.js';",
    "await import('./b.js');",
    "import(\n  './b.js'\n)",
    'require("./b.js")',
    'let a: typeof import(`./b.js`).a',
  ]) {
    assert.equal(pathsIn(text), ['./b'], text);
  }
});

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
