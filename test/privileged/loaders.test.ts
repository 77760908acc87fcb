import { spawnSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { SAFE_PATH } from '../support/executable.js';
import { servicePackage } from '../support/service-package.js';

const MODULE = (options = '{}') => `
import { context, FunctionError, PrivilegedError } from 'tsrootwrap/privileged';
globalThis.evaluated = (globalThis.evaluated ?? 0) + 1;
export const errors = { FunctionError, PrivilegedError };
const net = context('net', { user: 'nobody' });
export const addPrivileged = net.entrypoint({ a: { type: 'integer' } }, ({ a }) => a + 1, ${options});
`;

/** Calls a function whose helper cannot start, which shows that it was found and configured. */
const CALLS = `
const silent = { debug() {}, info() {}, warn() {}, error() {} };
configure({ config: '/nonexistent.conf', command: ['/bin/false'], logger: silent });
const error = await addPrivileged({ a: 1 }).catch((error) => error);
console.log(error.message.split(':')[0], globalThis.evaluated);
console.log(error instanceof PrivilegedError);
`;

const SERVICE = `
import { configure, PrivilegedError } from 'tsrootwrap/privileged';
import { addPrivileged } from './net.js';
${CALLS}`;

const FOUND = 'the helper of context net did not start 1\ntrue\n';

function ran(directory: string, ...words: readonly string[]): string {
  const options = { cwd: directory, encoding: 'utf8', env: { PATH: SAFE_PATH } } as const;
  const { stdout, stderr, status } = spawnSync(process.execPath, words, options);
  assert.is(status, 0, stderr + stdout);
  return stdout;
}

async function bundled(
  directory: string,
  entry: string,
  external: string[] = [],
  outfile = 'bundle/service.js',
): Promise<void> {
  await build({
    absWorkingDir: directory,
    entryPoints: [entry],
    outfile: join(directory, outfile),
    bundle: true,
    platform: 'node',
    format: outfile.endsWith('.cjs') ? 'cjs' : 'esm',
    external,
    logLevel: 'error',
  });
}

test('Node finds the name of a function, and loads its module once', () => {
  assert.is(
    ran(servicePackage({ 'net.js': MODULE(), 'service.js': SERVICE }), 'service.js'),
    FOUND,
  );
});

test('node:test calls functions in process and by their names', () => {
  const text = `
    import assert from 'node:assert';
    import { test } from 'node:test';
    import { useInProcess } from 'tsrootwrap/privileged/testing';
    import { addPrivileged } from './net.js';
    test('it adds', async () => {
      const said = [];
      const log = (message) => said.push(message);
      const restore = useInProcess({ logger: { debug: log, info: log, warn: log, error: log } });
      assert.equal(await addPrivileged({ a: 1 }), 2);
      restore();
      assert.deepEqual([said, globalThis.evaluated], [[], 1]);
    });`;
  ran(servicePackage({ 'net.js': MODULE(), 'net.test.js': text }), '--test', 'net.test.js');
});

test('a bundle with a copy of this package configures functions of modules beside it', async () => {
  const directory = servicePackage({ 'net.js': MODULE(), 'service.js': SERVICE });
  await bundled(directory, 'service.js', ['./net.js']);
  cpSync(join(directory, 'net.js'), join(directory, 'bundle/net.js'));
  assert.is(ran(directory, 'bundle/service.js'), FOUND);
});

test('errors of one copy of this package are errors of another', async () => {
  const directory = servicePackage({
    'net.js': MODULE(),
    'service.js': `
      import { FunctionError, PrivilegedError } from 'tsrootwrap/privileged';
      import { errors } from './net.js';
      console.log(errors.FunctionError === FunctionError, errors.PrivilegedError === PrivilegedError);`,
  });
  await bundled(directory, 'service.js', ['./net.js']);
  cpSync(join(directory, 'net.js'), join(directory, 'bundle/net.js'));
  assert.is(ran(directory, 'bundle/service.js'), 'true true\n');
});

test('a function that is in a bundle itself is found by the name that it gives', async () => {
  const directory = servicePackage({
    'net.js': MODULE("{ name: 'addPrivileged' }"),
    'service.js': SERVICE,
  });
  await bundled(directory, 'service.js');
  assert.is(ran(directory, 'bundle/service.js'), FOUND);
});

test('a CommonJS bundle, which does not know where it lies, calls by the name and told command', async () => {
  const main = `
    import { configure } from 'tsrootwrap/privileged';
    import { addPrivileged } from './net.js';
    const config = '/nonexistent/rootwrap.conf';
    configure(process.argv[2] ? { config, command: [process.argv[2]] } : { config });
    addPrivileged({ a: 1 }).catch(({ message }) => console.log(message));`;
  const modules = { 'net.js': MODULE("{ name: 'addPrivileged' }"), 'main.js': main };
  const directory = servicePackage(modules);
  await bundled(directory, 'main.js', [], 'bundle/service.cjs');
  const told = ran(directory, 'bundle/service.cjs', '/bin/false');
  assert.match(told, /^the helper of context net did not start/);
  if (process.geteuid?.() !== 0) return;
  assert.match(ran(directory, 'bundle/service.cjs'), /^a CommonJS bundle does not know where/);
});

test('a function in a bundle that gives none is told to', async () => {
  const service = `import { main } from './main.js'; main();`;
  const main = `
    import { configure } from 'tsrootwrap/privileged';
    import { addPrivileged } from './net.js';
    configure({ config: '/nonexistent.conf', command: ['/bin/false'] });
    export const main = () => addPrivileged({ a: 1 }).catch((error) => console.log(error.message));`;
  const directory = servicePackage({ 'net.js': MODULE(), 'main.js': main, 'service.js': service });
  await bundled(directory, 'service.js');
  assert.match(
    ran(directory, 'bundle/service.js'),
    /if that file is a bundle, .* or write its name/,
  );
});

/** What vitest does with a module: its own loader evaluates the text, under the path of the file. */
const OTHER_LOADER = (options: string) => `
import { readFileSync } from 'node:fs';
import { Script } from 'node:vm';
import * as privileged from 'tsrootwrap/privileged';
import { useInProcess } from 'tsrootwrap/privileged/testing';
const { configure, PrivilegedError } = privileged;
const filename = import.meta.dirname + '/net.js';
const text = readFileSync(filename, 'utf8')
  .replace(/import (.*) from .*/, 'const $1 = privileged;')
  .replaceAll('export const', 'const');
const script = new Script('(privileged) => {' + text + '; return addPrivileged; }', { filename });
const addPrivileged = script.runInThisContext()(privileged);
${options}`;

test('a module that another loader has evaluated is not evaluated a second time', () => {
  const service = OTHER_LOADER(`
    const said = [];
    const log = (message) => said.push(message);
    const restore = useInProcess({ logger: { debug: log, info: log, warn: log, error: log } });
    console.log(await addPrivileged({ a: 1 }), said.length);
    restore();
    configure({ config: '/nonexistent.conf', command: ['/bin/false'] });
    console.log(await addPrivileged({ a: 1 }).catch((error) => error.message));
    console.log(globalThis.evaluated);`);
  const [inProcess, told, evaluated] = ran(
    servicePackage({ 'net.js': MODULE(), 'service.js': service }),
    'service.js',
  ).split('\n');
  assert.is(inProcess, '2 0');
  assert.match(told ?? '', /was not loaded by Node itself .* write its name/);
  assert.is(evaluated, '1');
});

test('a function that gives its name is found whatever loads its module', () => {
  const files = {
    'net.js': MODULE("{ name: 'addPrivileged' }"),
    'service.js': OTHER_LOADER(CALLS),
  };
  assert.is(ran(servicePackage(files), 'service.js'), FOUND);
});

test('where Bun says that it runs the service, a call and a start name Bun before all else', () => {
  const service = `
    Object.defineProperty(process, 'versions', { value: { ...process.versions, bun: '1.4.5' } });
    const { context } = await import('tsrootwrap/privileged');
    const { addPrivileged } = await import('./net.js');
    const told = ({ code, message }) => console.log(code, message.split(':')[0]);
    await addPrivileged({ a: 1 }).catch(told);
    await context('other', { user: 'nobody' }).start().catch(told);`;
  const said = 'ERR_PRIVILEGED_HELPER Bun is not supported\n';
  assert.is(
    ran(servicePackage({ 'net.js': MODULE(), 'service.js': service }), 'service.js'),
    said + said,
  );
});

test('a bundle of the client alone needs no addon', async () => {
  const directory = servicePackage({
    'service.js': `import { RootwrapClient } from 'tsrootwrap'; console.log(typeof RootwrapClient);`,
  });
  await bundled(directory, 'service.js');
  assert.is(ran(directory, 'bundle/service.js'), 'function\n');
});

test.run();
