import { renameSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { programOf } from '#src/posix/process-program.js';
import { temporaryDirectory } from '../support/policy-files.js';
import { copyOfSleep, victim } from '../support/victims.js';

const directory = temporaryDirectory();

function program(name: string): string {
  return copyOfSleep(join(directory, name));
}

test('a process runs what its executable is, not what it calls itself', async () => {
  const file = program('plain');
  assert.is(programOf((await victim(file)).pid, []), file);
  assert.is(programOf((await victim(file, '/bin/ls')).pid, ['/bin']), file);
});

test('no process has no program', () => {
  assert.is(programOf(4_194_304, []), undefined);
  assert.is(programOf(0, []), undefined);
});

test('the mark of a deleted executable is taken off', async () => {
  const file = program('deleted');
  const { pid } = await victim(file);
  unlinkSync(file);
  assert.is(programOf(pid, []), file);
});

test('the mark is taken off once, and only at the end', async () => {
  const file = program('twice (deleted)');
  const { pid } = await victim(file);
  unlinkSync(file);
  assert.is(programOf(pid, []), file);
  const middle = program('x (deleted) y');
  assert.is(programOf((await victim(middle, '/bin/ls')).pid, []), middle);
});

test('a deleted executable with another in its place has the same path', async () => {
  const file = program('upgraded');
  const { pid } = await victim(file);
  renameSync(program('upgraded.new'), file);
  assert.is(programOf(pid, []), file);
});

test('for an executable that is nowhere the command line counts, if it is a program', async () => {
  const file = program('prelinked');
  const { pid } = await victim(file);
  renameSync(file, `${file}.#prelink#.x`);
  unlinkSync(`${file}.#prelink#.x`);
  assert.is(programOf(pid, []), `${file}.#prelink#.x`);
  program('prelinked');
  assert.is(programOf(pid, []), file);
});

test('a bare name in the command line is looked up in the directories given', async () => {
  const file = program('gone');
  const { pid } = await victim(file, 'ls');
  unlinkSync(file);
  assert.is(programOf(pid, ['/nonexistent', '/usr/bin']), '/usr/bin/ls');
  assert.is(programOf(pid, []), file);
});

test('an empty command line, or a directory, names no program', async () => {
  for (const argv0 of ['', '/usr/bin', 'bin']) {
    const file = program('nameless');
    const { pid } = await victim(file, argv0);
    unlinkSync(file);
    assert.is(programOf(pid, ['/usr', '/usr/bin']), file);
  }
});

test.run();
