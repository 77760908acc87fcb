import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

/** Files that say something to people who have an installed package and not this tree. */
const SOURCES = ['src', 'native', 'bin'];
const EXAMPLES = ['rootwrap.conf', 'filters.d', 'docs/examples'];
const COMMENT = /\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm;

function filesIn(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path).flatMap((name) => filesIn(join(path, name)));
}

const messages = [
  ...SOURCES.flatMap(filesIn).map((file) => {
    const text = readFileSync(file, 'utf8');
    return { file, text: file.startsWith('bin/') ? text : text.replaceAll(COMMENT, '') };
  }),
  ...EXAMPLES.flatMap(filesIn).map((file) => ({ file, text: readFileSync(file, 'utf8') })),
];

test('no message names a page of the source tree, which is nowhere after an install', () => {
  assert.ok(messages.length > 200, `${messages.length}`);
  for (const { file, text } of messages) {
    const [named] = /\b[\w/-]+\.md\b/.exec(text) ?? [];
    assert.is(named, undefined, file);
  }
});

test("the package's manual pages that messages name are installed", () => {
  const { man } = JSON.parse(readFileSync('package.json', 'utf8')) as { man: string[] };
  const named = new Set<string>();
  for (const { text } of messages) {
    for (const [, page, section] of text.matchAll(
      /\b(tsrootwrap[\w-]*|rootwrap\.conf)\(([1-8])\)/g,
    )) {
      named.add(`docs/man/${page}.${section}`);
    }
  }
  assert.ok(named.size >= 3, [...named].join());
  for (const page of named) assert.ok(man.includes(page) && existsSync(page), page);
});

test.run();
