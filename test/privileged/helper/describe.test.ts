import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { LOADING_FLAGS } from '#src/privileged/contexts/node-flags.js';
import { run } from '../../support/executable.js';
import { patiently } from '../../support/patience.js';
import { described } from './described.js';
import { BEGIN, directoryOf, moduleOf } from './modules-directory.js';
import { MAIN } from './started.js';

const runsTypeScript = Boolean((process.features as { typescript?: unknown }).typescript);

/** As whoever runs the tests. */
const describing = (directory: string) => described(directory, ['--trust-user']);

test('modules are described by what they declare and export', () => {
  const directory = directoryOf({
    'a.mjs': `${BEGIN}
      export const one = test.entrypoint({ x: { type: 'string', pattern: '^a$' } }, () => 1, {
        timeout: 5, returns: { type: 'integer' },
      });
      export const alias = one;
      export function plain() {}
      export const number = 1;`,
    'below/b.mjs': `${BEGIN}
      export default test.entrypoint({}, () => 1);`,
    'c.cjs': `const { context } = require('tsrootwrap/privileged');
      const other = context('other', { user: 0, capabilities: ['CAP_CHOWN'], umask: 0o022 });
      exports.two = other.entrypoint({}, () => 2);`,
    'empty.mjs': '',
    'README.md': 'no module',
    '.hidden.mjs': 'throw 1',
    'types.d.ts': 'throw 1',
    'types.d.mts': 'throw 1',
    'node_modules/x/index.js': 'throw 1',
  });
  const { description, stderr } = describing(directory);
  assert.is(stderr, '');
  const args = { x: { type: 'string', pattern: '^a$' } };
  const one = { module: 'a.mjs', context: 'test', args, returns: { type: 'integer' }, timeout: 5 };
  const bare = { args: {}, returns: null, timeout: null };
  const byName = [...(description?.functions ?? [])].sort((a, b) => (a.name < b.name ? -1 : 1));
  assert.equal(byName, [
    { ...one, name: 'alias' },
    { ...bare, module: 'below/b.mjs', name: 'default', context: 'test' },
    { ...one, name: 'one' },
    { ...bare, module: 'c.cjs', name: 'two', context: 'other' },
  ]);
  assert.equal(description?.others, [{ module: 'a.mjs', name: 'plain' }]);
  const ours = { name: 'test', user: 'nobody', groups: [], capabilities: [], umask: 0o077 };
  const other = { name: 'other', user: 0, groups: [], capabilities: ['CAP_CHOWN'], umask: 0o022 };
  assert.equal(description?.contexts, [
    { ...ours, gracePeriod: 5000 },
    { ...other, gracePeriod: 5000 },
  ]);
});

test('whatever modules print when they are loaded, standard output is the description alone', () => {
  const directory = moduleOf(`
    console.log('by console'); console.table([1]); console.group('g'); console.info('indented');
    process.stdout.write('raw');
    export const f = test.entrypoint({}, () => 1);`);
  const { description, stderr } = describing(directory);
  assert.is(description?.functions.length, 1);
  for (const text of ['by console', 'indented', 'raw']) assert.match(stderr, text);
});

test('an entrypoint without a schema is described as such', () => {
  const directory = moduleOf('export const f = test.entrypoint(undefined, () => 1);');
  assert.is(describing(directory).description?.functions[0]?.args, null);
});

test('a function that two modules of a context export under one name is an error that names both', () => {
  const one = `${BEGIN} export const f = test.entrypoint({}, () => 1);`;
  const { status, stderr } = describing(directoryOf({ 'a.mjs': one, 'b.mjs': one }));
  assert.is(status, 1);
  assert.match(
    stderr,
    'a.mjs and b.mjs both export a f of context test; give one of them another name',
  );
  const other = one.replaceAll("'test'", "'other'");
  assert.is(describing(directoryOf({ 'a.mjs': one, 'b.mjs': other })).status, 0);
  const again = "export { f } from './a.mjs';";
  assert.is(describing(directoryOf({ 'a.mjs': one, 'b.mjs': again })).status, 0);
});

test('an entrypoint that no module exports is an error that names its module', () => {
  const { status, stderr } = describing(moduleOf('test.entrypoint({}, () => 1);'));
  assert.is(status, 1);
  assert.match(stderr, /context test, made in .*module\.mjs, is exported by no module; export it/);
});

test('a module that fails to load is named, and how to find an error of syntax is said', () => {
  const throwing = describing(moduleOf("throw new Error('no luck');"));
  assert.match(throwing.stderr, /module\.mjs cannot be loaded: no luck/);
  const broken = describing(directoryOf({ 'a.mjs': 'let a;\nlet b = ;' }));
  assert.match(broken.stderr, /a\.mjs cannot be loaded: .*; `node --check FILE` shows where/);
  assert.is(broken.status, 1);
});

test('a module that waits for what never comes describes nothing', () => {
  const { status, description } = describing(moduleOf('await new Promise(() => {});'));
  assert.is.not(status, 0);
  assert.is(description, undefined);
});

test('a call of a privileged function while modules are loaded reaches nothing', () => {
  const directory = moduleOf(`
    export const f = test.entrypoint({}, () => 1);
    await f().catch(({ code, message }) => console.log(code, message));`);
  const { description, stderr } = describing(directory);
  assert.is(description?.functions.length, 1);
  assert.match(stderr, 'ERR_PRIVILEGED_HELPER');
});

test('a symbolic link among the modules is refused', () => {
  const directory = moduleOf('export const f = test.entrypoint({}, () => 1);');
  symlinkSync('module.mjs', join(directory, 'link.mjs'));
  assert.match(
    describing(directory).stderr,
    'link.mjs is a symbolic link; put there what it leads to',
  );
  const below = directoryOf({ 'a.mjs': '' });
  mkdirSync(join(below, 'd'));
  symlinkSync('..', join(below, 'd/up'));
  assert.match(describing(below).stderr, 'd/up is a symbolic link');
});

test('a module beside its own source is refused, with what to do', () => {
  for (const [source, compiled] of [
    ['a.ts', 'a.js'],
    ['a.mts', 'a.mjs'],
    ['a.cts', 'a.cjs'],
  ] as const) {
    const { status, stderr } = describing(directoryOf({ [source]: '', [compiled]: '' }));
    assert.is(status, 1);
    assert.match(stderr, `${compiled} and ${source} are beside each other; keep the source`);
  }
});

test('TypeScript is loaded where Node runs it, and said to need compiling where not', () => {
  const body = `${BEGIN} const n: number = 1; export const f = test.entrypoint({}, (): number => n);`;
  const { description, stderr } = describing(directoryOf({ 'a.mts': body }));
  if (runsTypeScript) assert.is(description?.functions[0]?.name, 'f');
  else
    assert.match(
      stderr,
      /a\.mts is TypeScript, which Node v\d+.* does not run; compile it, or use/,
    );
});

test('a directory that is not there is an error', () => {
  assert.match(describing('/nonexistent/modules').stderr, 'ENOENT');
});

test('without the flags that make loading safe nothing is loaded', () => {
  const directory = moduleOf("console.log('loaded'); export const a = 1;");
  for (const flags of [[], LOADING_FLAGS.slice(1)]) {
    const { status, stderr } = run(process.execPath, [...flags, MAIN, 'describe', directory], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    assert.is(status, 1);
    assert.match(stderr, /started without the flags that make loading safe; start it with/);
    assert.not.match(stderr, 'loaded\n');
  }
});

test('who loads modules ends with whoever asked, though a module blocks it', async () => {
  const directory = moduleOf("process.stdout.write('loading'); for (;;);");
  const words = [...LOADING_FLAGS, MAIN, 'describe', directory, '--trust-user'];
  const child = spawn(process.execPath, words, { stdio: ['pipe', 'ignore', 'pipe'] });
  await patiently('it loads', once(child.stderr, 'data'));
  child.stdin.destroy();
  const [code, signal] = await patiently('its end', once(child, 'exit'));
  assert.is(code, null);
  assert.is(signal, 'SIGKILL');
});

test('other words than those it knows are answered by its usage', () => {
  for (const words of [[], ['serve'], ['describe', '/', '--more'], ['other', '/']]) {
    const { status, stderr } = run(process.execPath, [...LOADING_FLAGS, MAIN, ...words]);
    assert.is(status, words[0] === 'serve' ? 1 : 64);
    assert.match(stderr, words[0] === 'serve' ? 'no assignment' : 'usage');
  }
});

test('a name that a function gives itself is that of its export, or nothing is started', () => {
  const body = (name: string) =>
    `export const f = test.entrypoint({}, () => 1, { name: '${name}' }); export const alias = f;`;
  assert.is(described(moduleOf(body('f')), ['--trust-user']).status, 0);
  assert.is(described(moduleOf(body('alias')), ['--trust-user']).status, 0);
  const { status, stderr } = described(moduleOf(body('g')), ['--trust-user']);
  assert.is(status, 1);
  assert.match(stderr, 'exports as alias what calls itself g by its `name`');
  const impossible = described(moduleOf(body('a b')), ['--trust-user']);
  assert.match(impossible.stderr, '`name` is not the name of an export');
});

test.run();
