import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { executable, publicPolicy, run, tsrootwrap } from '../support/executable.js';
import { testWith } from '../support/requirements.js';
import { copyOfSleep, victim } from '../support/victims.js';

const files = publicPolicy('');
const program = copyOfSleep(join(files.directory, 'program'));
const me = run('/usr/bin/id', ['-un']).stdout.trim();
const { config } = publicPolicy(
  `signals: KillFilter, ${me}, ${program}, -9, -HUP\nplain: KillFilter, ${me}, ${program}`,
);

test('a listed signal kills the process that runs the program', async () => {
  for (const [option, signal] of [
    ['-9', 'SIGKILL'],
    ['-HUP', 'SIGHUP'],
  ] as const) {
    const { pid, ended } = await victim(program);
    const { status, stderr } = tsrootwrap(config, ['kill', option, String(pid)]);
    assert.is(status, 0, stderr);
    assert.is(await ended(), signal);
  }
});

test('without a signal it gets TERM', async () => {
  const { pid, ended } = await victim(program);
  assert.is(tsrootwrap(config, ['kill', String(pid)]).status, 0);
  assert.is(await ended(), 'SIGTERM');
});

test('a process whose executable has been deleted is still killed', async () => {
  const copy = copyOfSleep(join(files.directory, 'deleted'));
  const { config } = publicPolicy(`x: KillFilter, ${me}, ${copy}, -9`);
  const { pid, ended } = await victim(copy);
  rmSync(copy);
  assert.is(tsrootwrap(config, ['kill', '-9', String(pid)]).status, 0);
  assert.is(await ended(), 'SIGKILL');
});

testWith(
  ['root'],
  'the signal is sent as the filter’s user, who may not reach root’s processes',
  async () => {
    const { config } = publicPolicy(`x: KillFilter, nobody, ${program}, -9`);
    const { pid } = await victim(program);
    const { status, stderr } = tsrootwrap(config, ['kill', '-9', String(pid)]);
    assert.is(status, 1);
    assert.match(stderr, /EPERM/);
    assert.is(run('/bin/kill', ['-0', String(pid)]).status, 0);
  },
);

testWith(['root'], 'without CAP_SYS_PTRACE the refusal says what is missing', async () => {
  const other = spawn('/bin/sleep', ['1000'], { uid: 65534, gid: 65534, stdio: 'ignore' });
  await new Promise((resolve) => other.once('spawn', resolve));
  const { config } = publicPolicy('x: KillFilter, root, /usr/bin/sleep, -9');
  const words = ['--bounding-set=-sys_ptrace', '--inh-caps=-sys_ptrace', executable(), config];
  const { status, stderr } = run('/usr/bin/setpriv', [...words, 'kill', '-9', String(other.pid)]);
  assert.is(status, 99, stderr);
  assert.match(stderr, /may not look at: it needs CAP_SYS_PTRACE/);
  assert.is(tsrootwrap(config, ['kill', '-9', String(other.pid)]).status, 0);
});

test.run();
