import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ROOT, run } from '../support/executable.js';

const OLD = ['18.20.8', '20.18.3'];
const NEW = ['20.19.0', '22.0.0', '27.1.0-nightly'];

const { exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  exports: Readonly<Record<string, string | { readonly default: string }>>;
};
const ENTRIES = Object.values(exports).flatMap((entry) =>
  typeof entry === 'string' ? [] : [join(ROOT, entry.default)],
);

/** Runs JavaScript in a Node that says that it is another version. */
function as(version: string, source: string) {
  const said = `Object.defineProperty(process.versions, 'node', { value: '${version}' });`;
  return run(process.execPath, ['-e', `${said}${source}`]);
}

/** Runs a script of bin, which finds the words behind its own name. */
function program(version: string, name: string, ...words: readonly string[]) {
  const argv = [process.execPath, join(ROOT, 'bin', name), ...words];
  const [, file] = argv;
  return as(version, `process.argv = ${JSON.stringify(argv)}; require(${JSON.stringify(file)});`);
}

test('each program tells an old Node what it needs, before anything else, and says 97', () => {
  for (const version of OLD) {
    for (const [name, ...words] of [
      ['program.js', 'tsrootwrap', 'c', 'x'],
      ['tsrootwrapctl', '--version'],
    ] as const) {
      const { status, stdout, stderr } = program(version, name, ...words);
      assert.equal([status, stdout], [97, ''], name);
      const needs = `it needs Node 20.19 or newer, and ${process.execPath} is ${version}; `;
      assert.ok(stderr.includes(needs) && stderr.split('\n').length === 2, stderr);
    }
  }
});

test('each entry of the library throws what an old Node lacks, at its import', () => {
  assert.is(ENTRIES.length, 5);
  for (const entry of ENTRIES) {
    const { stdout } = as(
      '18.20.8',
      `import(${JSON.stringify(entry)}).catch(({ message }) => console.log(message))`,
    );
    const message = `tsrootwrap needs Node 20.19 or newer, and ${process.execPath} is 18.20.8: run this program with a newer one\n`;
    assert.is(stdout, message, entry);
  }
});

test('an old Node is told by what comes first in each entry of the library', () => {
  for (const entry of ENTRIES) {
    const [first] = readFileSync(entry, 'utf8').match(/^import .*|^export .* from .*/m) ?? [];
    assert.match(first ?? '', /^import '(\.\/|(\.\.\/)+)wire\/node-version\.js';/, entry);
  }
});

test('what is new enough loads', () => {
  for (const version of NEW) {
    const words = ENTRIES.map((entry) => `import(${JSON.stringify(entry)})`);
    const { stdout, stderr } = as(
      version,
      `Promise.all([${words}]).then(() => console.log('loaded'))`,
    );
    assert.is(stdout, 'loaded\n', stderr);
    for (const [name, ...words] of [
      ['program.js', 'tsrootwrap', '--version'],
      ['tsrootwrapctl', '--version'],
    ] as const) {
      assert.is(program(version, name, ...words).status, 0, name);
    }
  }
});

test.run();
