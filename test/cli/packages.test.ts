import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

/** The packages that a module loads, itself or through its imports. */
function packagesOf(module: string, seen = new Set<string>()): Set<string> {
  const found = new Set<string>();
  if (seen.has(module)) return found;
  seen.add(module);
  const text = readFileSync(module, 'utf8');
  for (const [, name = ''] of text.matchAll(/(?:from|import\(?) ?'([^']+)'/g)) {
    if (name.startsWith('.')) {
      for (const inner of packagesOf(join(dirname(module), name), seen)) found.add(inner);
    } else if (!name.startsWith('node:')) found.add(name);
  }
  return found;
}

test('what runs as root imports no package; re2js is asked for when a pattern needs it', () => {
  for (const name of ['tsrootwrap', 'tsrootwrap-daemon', 'tsrootwrap-privileged']) {
    assert.equal([...packagesOf(`dist/cli/${name}.js`)], [], name);
  }
  assert.equal([...packagesOf('dist/policy/pattern/engine.js')], []);
});

test('a service imports no package for privileged functions; their helpers import ajv', () => {
  assert.equal([...packagesOf('dist/privileged/index.js')], []);
  assert.equal([...packagesOf('dist/privileged/schema/compile.js')], ['ajv']);
});

test('tsrootwrapctl loads its packages', () => {
  const packages = packagesOf('dist/cli/tsrootwrapctl.js');
  for (const name of ['yargs', 'wrap-ansi', 'shell-quote', 'ini'])
    assert.ok(packages.has(name), name);
});

test.run();
