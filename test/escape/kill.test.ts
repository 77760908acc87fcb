import {
  chownSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { attempt, target } from '../support/attempt.js';
import { start } from '../support/executable.js';
import { testWith } from '../support/requirements.js';
import { copyOfSleep, victim } from '../support/victims.js';

const it = target(`
abs: KillFilter, root, DIRECTORY/program, -9, -HUP, 15, --, -0x9, -TERMX
plain: KillFilter, root, DIRECTORY/program
bare: KillFilter, root, program, -USR1
init: KillFilter, root, /no/such/program, -9`);
const program = copyOfSleep(join(it.directory, 'program'));
const other = copyOfSleep(join(it.directory, 'other'));

/** Asserts that the words are refused and that the process lives on. */
function spares(pid: number, words: readonly string[], env?: Record<string, string>): void {
  attempt(it, ['kill', ...words], env && { env });
  assert.ok(lives(pid), words.join(' '));
}

/** Not even a zombie that nobody has asked about yet. */
function lives(pid: number): boolean {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return !/^.*\) [ZX]/s.test(stat);
}

testWith(['root'], 'kill-pid: what is no plain process id', async () => {
  const { pid } = await victim(program);
  for (const word of [
    '0',
    '-1',
    `-${pid}`,
    `+${pid}`,
    ` ${pid}`,
    `${pid} `,
    `${pid}\n`,
    `0${pid}`,
    `${pid}.0`,
    `0x${pid.toString(16)}`,
    '',
    'self',
    'thread-self',
    `${pid}/task/${pid}`,
    `../proc/${pid}`,
    '%1',
    '1_0',
    `${pid}e0`,
    '99999999999',
    '4194305',
    '١٢',
    `${pid},${pid}`,
    `$(echo ${pid})`,
    `/proc/${pid}`,
  ]) {
    spares(pid, ['-9', word]);
    spares(pid, [word]);
  }
});

testWith(['root'], 'kill-signal-name: signals that are not listed, or are none', async () => {
  const { pid } = await victim(program);
  for (const signal of [
    '-KILL',
    '-SIGKILL',
    '-TERM',
    '-15',
    '-2',
    '-hup',
    '9',
    'HUP',
    '15',
    '--',
    '-0x9',
    '-TERMX',
    '-s',
    '-9 ',
    '-9\n',
    '',
    '-',
    '-l',
    '-L',
  ]) {
    spares(pid, [signal, String(pid)]);
  }
});

testWith(['root'], 'kill-signal-name: more words than kill has', async () => {
  const { pid } = await victim(program);
  for (const words of [
    [],
    ['-9'],
    ['-9', String(pid), '1'],
    ['-9', '--', String(pid)],
    ['-s', '9', String(pid)],
    ['-9', '-9', String(pid)],
    ['-n', '9', String(pid)],
    [String(pid), String(pid)],
    [String(pid), '-9'],
  ]) {
    spares(pid, words);
  }
});

testWith(['root'], 'kill-process: a process that runs another program', async () => {
  const { pid } = await victim(other);
  spares(pid, ['-9', String(pid)]);
  spares(pid, [String(pid)]);
  spares(1, ['-9', '1']);
  spares(process.pid, ['-9', String(process.pid)]);
});

testWith(['root'], 'kill-process: a process that only calls itself like the program', async () => {
  const { pid } = await victim(other, program);
  spares(pid, ['-9', String(pid)]);
  const linked = join(it.directory, 'linked');
  symlinkSync(other, linked);
  const second = await victim(linked, program);
  spares(second.pid, ['-9', String(second.pid)]);
});

testWith(
  ['root'],
  'kill-process: a program of that name elsewhere, in a PATH of the caller’s',
  async () => {
    const own = join(it.directory, 'own');
    mkdirSync(own);
    copyFileSync(other, join(own, 'program'));
    chownSync(own, 65534, 65534);
    const { pid } = await victim(join(own, 'program'));
    spares(pid, ['-USR1', String(pid)], { PATH: `${own}:/usr/bin` });
    spares(pid, ['-USR1', String(pid)], { PATH: `.:${own}/../own:/usr/bin` });
  },
);

testWith(['root'], 'kill-process: a program replaced by another file of that name', async () => {
  const moved = copyOfSleep(join(it.directory, 'moved'));
  const { pid } = await victim(moved);
  renameSync(moved, join(it.directory, 'away'));
  copyFileSync(other, moved);
  const policy = target(`x: KillFilter, root, ${moved}, -9`);
  attempt(policy, ['kill', '-9', String(pid)]);
  assert.ok(lives(pid));
});

testWith(
  ['root', 'python3'],
  'kill-process: a process that keeps changing its program',
  async () => {
    // The signal is one that the other program would note, so a late one shows.
    const code = `
import os, signal, sys
file, program, marker = sys.argv[1:]
signal.signal(signal.SIGHUP, lambda *_: open(marker, 'w'))
print('ready', flush=True)
while True: signal.pause()
`;
    const file = join(it.directory, 'becomes.py');
    writeFileSync(file, code);
    const line = `exec ${program} 0.3`;
    for (let round = 0; round < 5; round++) {
      const running = start('/bin/sh', [
        '-c',
        `(${line}); exec /usr/bin/python3 ${file} x ${program} ${it.marker}`,
      ]);
      await running.output();
      attempt(it, ['kill', '-HUP', String(running.pid)]);
      running.child.kill('SIGKILL');
    }
  },
);

testWith(['root'], 'kill-pid: a number whose process has ended', async () => {
  const { pid, ended } = await victim(program);
  process.kill(pid, 'SIGKILL');
  await ended();
  attempt(it, ['kill', '-9', String(pid)]);
});

testWith(['root'], 'the kill program itself, by path or with options', () => {
  for (const words of [
    ['/bin/kill', '-9', '1'],
    ['/usr/bin/kill', '1'],
    ['kill', '-9', '1'],
    ['kill', '-9', '2'],
  ])
    attempt(it, words);
});

test.run();
