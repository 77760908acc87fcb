import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Executables, inPathOrder } from '#src/policy/executables.js';
import { script, temporaryDirectory } from '../support/policy-files.js';

function twoDirectories(): [string, string] {
  const directory = temporaryDirectory();
  const [one, two] = [join(directory, 'one'), join(directory, 'two')];
  mkdirSync(one);
  mkdirSync(two);
  return [one, two];
}

test('an absolute path is taken as it is, wherever the directories are', () => {
  const file = script(join(temporaryDirectory(), 'x'));
  assert.is(new Executables([]).find(file), file);
  assert.is(new Executables(['/bin']).find(`${file}-absent`), undefined);
});

test('a name is looked for in the directories in their order', () => {
  const [one, two] = twoDirectories();
  script(join(two, 'x'));
  const executables = new Executables([one, `${two}/`]);
  assert.is(executables.find('x'), join(two, 'x'));
  script(join(one, 'x'));
  assert.is(executables.find('x'), join(one, 'x'));
});

test('a file that may not be executed is passed over', () => {
  const [one, two] = twoDirectories();
  writeFileSync(join(one, 'x'), '');
  chmodSync(join(one, 'x'), 0o644);
  script(join(two, 'x'));
  assert.is(new Executables([one, two]).find('x'), join(two, 'x'));
});

test('a directory is no executable', () => {
  const [one, two] = twoDirectories();
  mkdirSync(join(one, 'x'));
  const executables = new Executables([one, two]);
  assert.is(executables.find('x'), undefined);
  assert.is(executables.find(''), undefined);
  assert.is(executables.find('/'), undefined);
  assert.is(executables.find(one), undefined);
});

test('a link to a program is a program, a dangling one is not', () => {
  const [one, two] = twoDirectories();
  symlinkSync(script(join(two, 'x')), join(one, 'link'));
  symlinkSync('absent', join(one, 'dangling'));
  const executables = new Executables([one]);
  assert.is(executables.find('link'), join(one, 'link'));
  assert.is(executables.find('dangling'), undefined);
});

test('without directories a name is not found', () => {
  assert.is(new Executables([]).find('sh'), undefined);
});

test('directories follow the order of PATH, by what they are and not by how they are written', () => {
  const [one, two] = twoDirectories();
  const link = join(temporaryDirectory(), 'link');
  symlinkSync(two, link);
  assert.equal(inPathOrder([one, two], [two, one]), [two, one]);
  assert.equal(inPathOrder([one, link], [two]), [link, one], 'a link to the one on PATH');
  assert.equal(inPathOrder([one, `${two}/`], [link, one]), [`${two}/`, one]);
});

test('a directory that is not on PATH comes last, and one that is only there not at all', () => {
  assert.equal(inPathOrder(['/a', '/b', '/c'], ['/x', '/c']), ['/c', '/a', '/b']);
  assert.equal(inPathOrder(['/a', '/b'], []), ['/a', '/b']);
  assert.equal(inPathOrder([], ['/a']), []);
});

test.run();
