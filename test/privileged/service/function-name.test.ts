import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Entrypoint, entrypointOf } from '#src/privileged/contexts/entrypoint.js';
import type { PrivilegedError } from '#src/privileged/index.js';
import { nameOf } from '#src/privileged/service/function-name.js';
import { refusal } from '../../support/fake-service.js';
import { temporaryDirectory } from '../../support/policy-files.js';

const directory = temporaryDirectory();
const PRIVILEGED = import.meta.resolve('#src/privileged/index.js');
const ENTRYPOINT = import.meta.resolve('#src/privileged/contexts/entrypoint.js');
const FUNCTION_NAME = import.meta.resolve('#src/privileged/service/function-name.js');
const IMPORT = `import { context } from ${JSON.stringify(PRIVILEGED)};
const net = context('names', { user: 'nobody' });\n`;
const REQUIRE = `const { context } = require(${JSON.stringify(new URL(PRIVILEGED).pathname)});
const net = context('names', { user: 'nobody' });\n`;

function write(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

async function load(name: string, text: string): Promise<Record<string, unknown>> {
  return import(pathToFileURL(write(name, text)).href);
}

function entrypoint(callable: unknown): Entrypoint {
  const found = entrypointOf(callable);
  assert.ok(found !== undefined, 'not an entrypoint');
  return found as Entrypoint;
}

async function unnamed(callable: unknown): Promise<PrivilegedError> {
  return refusal(nameOf(entrypoint(callable)), 'ERR_PRIVILEGED_UNKNOWN');
}

test('a function is called by its module’s name for it, whatever others call it', async () => {
  const names = await load(
    'a #1 %41?.mjs',
    `${IMPORT}const local = net.entrypoint({}, () => 1);
    export { local as firstPrivileged };
    export const secondPrivileged = net.entrypoint({}, () => 2);
    export default secondPrivileged;`,
  );
  assert.is(await nameOf(entrypoint(names.firstPrivileged)), 'firstPrivileged');
  assert.is(await nameOf(entrypoint(names.default)), 'secondPrivileged');
});

test('in a CommonJS module too, whether it is imported or required', async () => {
  const text = `${REQUIRE}
    exports.seenPrivileged = net.entrypoint({}, () => 1);
    Object.assign(exports, { ['un' + 'seenPrivileged']: net.entrypoint({}, () => 2) });`;
  const imported = await load('imported.cjs', text);
  const all = imported.default as Record<string, unknown>;
  assert.is(await nameOf(entrypoint(all.seenPrivileged)), 'seenPrivileged');
  assert.is(await nameOf(entrypoint(all.unseenPrivileged)), 'unseenPrivileged');
  const required = createRequire(import.meta.url)(write('required.cjs', text));
  assert.is(await nameOf(entrypoint(required.seenPrivileged)), 'seenPrivileged');
  assert.is(await nameOf(entrypoint(required.unseenPrivileged)), 'unseenPrivileged');
});

test('an export that cannot be read, or not yet, hides no other', async () => {
  const required = createRequire(import.meta.url)(
    write(
      'getter.cjs',
      `${REQUIRE}
      Object.defineProperty(exports, 'a', { enumerable: true, get() { throw new Error('no'); } });
      exports.b = net.entrypoint({}, () => 1);`,
    ),
  );
  assert.is(await nameOf(entrypoint(required.b)), 'b');
});

test('a function that its module does not export is an error that says to export it', async () => {
  const { other, hidden } = await load(
    'hidden.mjs',
    `${IMPORT}export const other = net.entrypoint({}, () => 1);
    export const hidden = { inner: net.entrypoint({}, () => 2) };`,
  );
  assert.ok(other);
  const { message } = await unnamed((hidden as { inner: unknown }).inner);
  assert.match(message, /a function of context names was called that has no name/);
  assert.match(message, 'hidden.mjs, which made it, does not export it under a name: write');
  assert.not.match(message, 'bundle');
});

test('`default` is no name, since every module may have one', async () => {
  const module = await load('default.mjs', `${IMPORT}export default net.entrypoint({}, () => 1);`);
  assert.match((await unnamed(module.default)).message, 'does not export it under a name');
  const common = createRequire(import.meta.url)(
    write('default.cjs', `${REQUIRE}module.exports = net.entrypoint({}, () => 1);`),
  );
  assert.match((await unnamed(common)).message, 'does not export it under a name');
});

test('a call that its own module awaits at its top is an error, not a wait for ever', async () => {
  const { status, stdout } = spawnSync(
    process.execPath,
    [
      write(
        'bundle-that-calls.mjs',
        `${IMPORT}const onePrivileged = net.entrypoint({}, () => 1);
        const error = await onePrivileged().catch((error) => error);
        console.log(error.code, error.message);`,
      ),
    ],
    { encoding: 'utf8' },
  );
  assert.is(status, 0);
  assert.match(
    stdout,
    /^ERR_PRIVILEGED_UNKNOWN .*bundle-that-calls\.mjs.* seems to await this call: /,
  );
  assert.match(stdout, 'if that file is a bundle, leave privileged modules out of it');
});

test('in a bundle, which exports none, the error says to leave the module out of it', async () => {
  const bundle = `${IMPORT}const one = net.entrypoint({}, () => 1); globalThis.bundled = one;`;
  await load('bundle.mjs', bundle);
  const { message } = await unnamed((globalThis as { bundled?: unknown }).bundled);
  assert.match(message, 'bundle.mjs, which made it, does not export it');
  assert.match(message, 'if that file is a bundle, leave privileged modules out of it');
});

test('a function of code that is no file is an error that says where to make it', async () => {
  const made = `${IMPORT}globalThis.evaluated = net.entrypoint({}, () => 1);`;
  const { status, stdout } = spawnSync(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `${made}
      const { entrypointOf } = await import(${JSON.stringify(ENTRYPOINT)});
      const { nameOf } = await import(${JSON.stringify(FUNCTION_NAME)});
      const error = await nameOf(entrypointOf(evaluated)).catch((error) => error);
      console.log(error.code, error.message);`,
    ],
    { encoding: 'utf8' },
  );
  assert.is(status, 0);
  assert.match(stdout, /^ERR_PRIVILEGED_UNKNOWN .*\[eval1\], which made it, cannot be imported/);
  assert.match(stdout, 'make it in a module that is a file');
});

test('where the stack tells no module the error says where to call entrypoint', async () => {
  const known = entrypoint(
    (await load('known.mjs', `${IMPORT}export const a = net.entrypoint({}, () => 1);`)).a,
  );
  const { message } = await refusal(
    nameOf({ ...known, module: undefined }),
    'ERR_PRIVILEGED_UNKNOWN',
  );
  assert.match(message, 'nothing tells which module made it: call `entrypoint` at the top');
});

/** What changes how stacks look: flags of Node, and what a module before ours may do. */
const CIRCUMSTANCES: readonly (readonly [title: string, flags: string[], before: string])[] = [
  ['source maps', ['--enable-source-maps'], ''],
  ['no stacks', [], 'Error.stackTraceLimit = 0;'],
  ['no stacks by a flag', ['--stack-trace-limit=0'], ''],
  ['a prepareStackTrace of the program’s', [], "Error.prepareStackTrace = () => 'mine';"],
  [
    'a prepareStackTrace that throws, and source maps',
    ['--enable-source-maps'],
    "Error.prepareStackTrace = () => { throw new Error('mine'); };",
  ],
  ['frozen intrinsics', ['--frozen-intrinsics'], ''],
  ['a frozen Error', [], 'Object.freeze(Error);'],
];

for (const [title, flags, before] of CIRCUMSTANCES) {
  test(`a function’s name is found with ${title}, and all is left as it was`, () => {
    // the map says that the file is another one
    const map = { version: 3, sources: ['source.ts'], names: [], mappings: 'AAAA;AACA;AACA;AACA' };
    const encoded = Buffer.from(JSON.stringify(map)).toString('base64');
    const module = write(
      'mapped.mjs',
      `${IMPORT}export const mappedPrivileged = net.entrypoint({}, () => 1);
//# sourceMappingURL=data:application/json;base64,${encoded}\n`,
    );
    const main = write(
      'main.mjs',
      `import { entrypointOf } from ${JSON.stringify(ENTRYPOINT)};
      import { nameOf } from ${JSON.stringify(FUNCTION_NAME)};
      ${before}
      const before = [Error.stackTraceLimit, Error.prepareStackTrace];
      const { mappedPrivileged } = await import(${JSON.stringify(pathToFileURL(module).href)});
      const after = [Error.stackTraceLimit, Error.prepareStackTrace];
      console.log(await nameOf(entrypointOf(mappedPrivileged)));
      console.log(before.every((value, index) => value === after[index]));`,
    );
    const { stdout, stderr } = spawnSync(process.execPath, ['--no-warnings', ...flags, main], {
      encoding: 'utf8',
    });
    assert.is(stdout, 'mappedPrivileged\ntrue\n', stderr);
  });
}

test.run();
