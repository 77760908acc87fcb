import { spawnSync } from 'node:child_process';
import { chownSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { CommandPlan } from '#src/exec/plan.js';
import { temporaryDirectory } from '../support/policy-files.js';
import { testWith } from '../support/requirements.js';

const SOURCE = `
import { become } from ${JSON.stringify(import.meta.resolve('#src/exec/become.js'))};
import { commandImage } from ${JSON.stringify(import.meta.resolve('#src/exec/command-image.js'))};
import { cleanEnvironment } from ${JSON.stringify(import.meta.resolve('#src/exec/environment.js'))};
import { givenEnvironment } from ${JSON.stringify(import.meta.resolve('#src/exec/given-environment.js'))};
import { identityOf } from ${JSON.stringify(import.meta.resolve('#src/exec/identity.js'))};
const plan = JSON.parse(process.argv[1]);
try {
  const identity = identityOf(plan.user);
  const clean = cleanEnvironment(givenEnvironment(), identity.home, ['A', 'B']);
  become(commandImage(plan, identity, { uid: 12 }, { clean, softNofile: 512 }));
} catch (error) {
  console.log(error.step, error.code);
  process.exit(70);
}
`;

/** What a process that becomes the plan's command prints, and its status. */
function becoming(plan: Partial<CommandPlan>, env: Readonly<Record<string, string>> = {}) {
  const full = {
    kind: 'command',
    argv: [plan.file],
    user: 'root',
    environment: {},
    pinned: [],
    ...plan,
  };
  const child = spawnSync(
    process.execPath,
    ['--input-type=module', '-e', SOURCE, JSON.stringify(full)],
    { env: { PATH: '/usr/bin:/bin', ...env }, encoding: 'utf8' },
  );
  return { pid: child.pid, status: child.status, signal: child.signal, stdout: child.stdout };
}

function shell(script: string, plan: Partial<CommandPlan> = {}): Partial<CommandPlan> {
  return { file: '/bin/sh', argv: ['/bin/sh', '-c', script], ...plan };
}

test('the command takes the place of the process and its status is its own', () => {
  const { pid, stdout, status } = becoming(shell('echo $$; exit 7'));
  assert.equal([Number(stdout), status], [pid, 7]);
  assert.is(becoming(shell('kill -TERM $$')).signal, 'SIGTERM');
});

test('the arguments arrive as they are', () => {
  const argv = ['/usr/bin/printf', '<%s>', '', ' ', '\u{1f600}', '*', '-x'];
  assert.is(becoming({ file: '/usr/bin/printf', argv }).stdout, '<>< ><\u{1f600}><*><-x>');
});

test('variables that steer are gone, those of the plan are there', () => {
  const { stdout } = becoming(
    { file: '/usr/bin/env', environment: { A: '2', IFS: 'x' } },
    {
      A: '1',
      B: '1',
      BASH_ENV: '/tmp/evil',
    },
  );
  const caller = 'TSROOTWRAP_CALLER_UID=12';
  assert.equal(stdout.trim().split('\n').sort(), [
    'A=2',
    'B=1',
    'IFS=x',
    'PATH=/usr/bin:/bin',
    caller,
  ]);
});

test('the soft limit of open files is the one asked for', () => {
  assert.is(becoming(shell('ulimit -Sn')).stdout, '512\n');
});

testWith(['root'], 'the command has the uid, the gid and the groups of its user', () => {
  const { stdout } = becoming(shell('id -u; id -g; id -G', { user: 'nobody' }));
  const expected = spawnSync('sh', ['-c', 'id -u nobody; id -g nobody; id -G nobody'], {
    encoding: 'utf8',
  });
  assert.is(stdout, expected.stdout);
});

test('a program that cannot be started is told with the step', () => {
  assert.equal(becoming({ file: '/nonexistent' }).stdout, 'exec ENOENT\n');
});

testWith(['root'], 'a pinned path is opened without following a link that was put there', () => {
  const directory = temporaryDirectory();
  const images = join(directory, 'images');
  mkdirSync(images);
  writeFileSync(join(images, 'disk'), 'the disk');
  writeFileSync(join(directory, 'secret'), 'the secret');
  chownSync(images, 12345, 12345);
  const plan = {
    file: '/bin/cat',
    argv: ['/bin/cat', join(images, 'disk')],
    pinned: [{ index: 1, isDirectory: false }],
  };
  assert.is(becoming(plan).stdout, 'the disk');
  renameSync(join(images, 'disk'), join(images, 'old'));
  symlinkSync('../secret', join(images, 'disk'));
  assert.match(becoming(plan).stdout, /^pin E/);
  renameSync(images, join(directory, 'old'));
  symlinkSync('.', images);
  writeFileSync(join(directory, 'disk'), 'the secret');
  assert.match(becoming(plan).stdout, /^pin E/);
});

test.run();
