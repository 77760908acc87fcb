import { existsSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { executable, publicPolicy, ROOT, run, SAFE_PATH } from '../support/executable.js';
import { privilegedPolicy } from '../support/privileged-policy.js';
import { testWith } from '../support/requirements.js';
import { RUNNERS } from '../support/runners.js';
import { installedServicePackage, servicePackage } from '../support/service-package.js';

const NOBODY = 65534;

/** Plain enough to be JavaScript and TypeScript. */
const module = (options = '') => `
import { context } from 'tsrootwrap/privileged';
globalThis.evaluated = (globalThis.evaluated ?? 0) + 1;
const net = context('net', { user: 'nobody' });
export const whoPrivileged = net.entrypoint({}, () => process.getuid()${options});
`;
const NAMED = ", { name: 'whoPrivileged' }";

/** Asks a helper, which is started through the policy, and says what came of it and how often the module ran. */
const asks = (config: string) => `
import { configure } from 'tsrootwrap/privileged';
import { whoPrivileged } from './net.js';
const said = [];
const log = (message) => said.push(message);
configure({ config: ${JSON.stringify(config)}, command: [${JSON.stringify(executable())}], logger: { debug() {}, info() {}, warn: log, error: log } });
export const answer = await whoPrivileged().catch((error) => error.message);
export const all = JSON.stringify([answer, said, globalThis.evaluated]);
`;

function policy(options = ''): string {
  return privilegedPolicy({ 'net.js': module(options) }).config;
}

function printed(directory: string, words: readonly string[]): string {
  const [file = '', ...args] = words;
  const env = { PATH: SAFE_PATH, HOME: directory, CI: '1', NO_COLOR: '1' };
  const { status, stdout, stderr } = run(file, args, { cwd: directory, env });
  assert.is(status, 0, stdout + stderr);
  return stdout;
}

/** Runs a file of tests by vitest, to which the service's package links as npm does. */
function vitest(files: Readonly<Record<string, string>>): void {
  const directory = installedServicePackage(files);
  symlinkSync(join(RUNNERS, 'vitest'), join(directory, 'node_modules/vitest'));
  const said = printed(directory, [
    process.execPath,
    join(RUNNERS, 'vitest/vitest.mjs'),
    'run',
    '--root',
    directory,
  ]);
  assert.match(said, /Tests +1 passed/);
}

testWith(['vitest'], 'under vitest a function that gives no name runs in process', () => {
  vitest({
    'net.js': module(),
    'net.test.js': `
      import { expect, test } from 'vitest';
      import { useInProcess } from 'tsrootwrap/privileged/testing';
      import { whoPrivileged } from './net.js';
      test('it runs here', async () => {
        const said = [];
        const log = (message) => said.push(message);
        const restore = useInProcess({ logger: { debug: log, info: log, warn: log, error: log } });
        expect(await whoPrivileged()).toBe(process.getuid());
        restore();
        expect([said, globalThis.evaluated]).toEqual([[], 1]);
      });`,
  });
});

const VITEST = (expected: string) => `
import { expect, test } from 'vitest';
import { answer } from './service.js';
test('it asks', () => {
  expect(answer).${expected};
  expect(globalThis.evaluated).toBe(1);
});`;

testWith(
  ['root', 'vitest'],
  'under vitest a helper is asked by the name that a function gives',
  () => {
    vitest({
      'net.js': module(NAMED),
      'service.js': asks(policy(NAMED)),
      'net.test.js': VITEST(`toBe(${NOBODY})`),
    });
  },
);

testWith(['vitest'], 'under vitest a function without a name is told to give one', () => {
  vitest({
    'net.js': module(),
    'service.js': asks('/nonexistent.conf'),
    'net.test.js': VITEST('toMatch(/was not loaded by Node itself .* write its name/)'),
  });
});

for (const [kind, type] of Object.entries({ 'an ES module': 'module', CommonJS: 'commonjs' })) {
  testWith(
    ['root', 'tsx'],
    `tsx loads ${kind} in TypeScript, and its function needs no name`,
    () => {
      const service = asks(policy());
      const directory = servicePackage({
        'net.ts': module(),
        // tsx makes CommonJS of it, where nothing can be awaited at the top
        'service.ts': `${service
          .replace(/export const answer = await (.*);/, '(async () => {\nconst answer = await $1;')
          .replace('export const all =', 'console.log(')
          .trimEnd()
          .replace(/;$/, '); process.exit(); })();')}`,
        'package.json': JSON.stringify({ type }),
      });
      const words = [process.execPath, join(RUNNERS, 'tsx/dist/cli.mjs'), 'service.ts'];
      assert.is(printed(directory, words), `[${NOBODY},[],1]\n`);
    },
  );
}

testWith(['bun'], 'Bun calls functions in process', () => {
  const directory = servicePackage({
    'net.js': module(),
    'service.js': `
      import { useInProcess } from 'tsrootwrap/privileged/testing';
      import { whoPrivileged } from './net.js';
      useInProcess();
      console.log(await whoPrivileged() === process.getuid(), globalThis.evaluated);`,
  });
  assert.is(printed(directory, [bun(), 'service.js']), 'true 1\n');
});

testWith(['bun'], 'under Bun no helper is asked: the error names Bun, and Node instead', () => {
  for (const options of ['', NAMED]) {
    const service = `${asks('/nonexistent.conf')}\nconsole.log(answer);`;
    const directory = servicePackage({ 'net.js': module(options), 'service.js': service });
    assert.match(
      printed(directory, [bun(), 'service.js']),
      /Bun is not supported: .* run this service by Node/,
    );
    printed(directory, [bun(), 'build', 'service.js', '--target=bun', '--outfile=bundle.js']);
    assert.match(
      printed(directory, [bun(), 'bundle.js']),
      /Bun is not supported: .* run this service by Node/,
    );
  }
});

testWith(
  ['root', 'bun'],
  'a bundle that Bun made runs under Node by the names that functions give',
  () => {
    const service = `${asks(policy(NAMED))}\nconsole.log(all);\nprocess.exit();`;
    const directory = servicePackage({ 'net.js': module(NAMED), 'service.js': service });
    printed(directory, [bun(), 'build', 'service.js', '--target=node', '--outfile=bundle.mjs']);
    assert.is(printed(directory, [process.execPath, 'bundle.mjs']), `[${NOBODY},[],1]\n`);
  },
);

testWith(
  ['root', 'bun'],
  'the client runs commands under Bun, over a socket and over streams',
  () => {
    const { config } = publicPolicy('echo: CommandFilter, echo, root', 'exec_dirs = /bin');
    const daemon = join(ROOT, 'bin/tsrootwrap-daemon');
    const directory = servicePackage({
      'service.js': `
      import { RootwrapClient } from 'tsrootwrap/client';
      for (const option of [[], ['--stdio']]) {
        const client = new RootwrapClient([${JSON.stringify(daemon)}, ...option, ${JSON.stringify(config)}]);
        const { stdout } = await client.execute(['echo', 'allowed']);
        const refused = await client.execute(['id']).catch(({ name }) => name);
        console.log(stdout, refused);
        await client.close();
      }`,
    });
    assert.is(printed(directory, [bun(), 'service.js']), 'allowed RefusedError\n'.repeat(2));
  },
);

/** Bun's own executable: what npm calls `bun` is put in place by a script of its installation. */
function bun(): string {
  const place = join(RUNNERS, '@oven');
  const [name] = readdirSync(place).filter((entry) => existsSync(join(place, entry, 'bin/bun')));
  return join(place, `${name}`, 'bin/bun');
}

test.run();
