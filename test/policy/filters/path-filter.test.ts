import { chmodSync, chownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { allowedArgs, assertDenied, commandPlan } from '../../support/decisions.js';
import { policyOf, temporaryDirectory } from '../../support/policy-files.js';
import { testWith } from '../../support/requirements.js';

function images(): { directory: string; base: string } {
  const directory = temporaryDirectory();
  const base = join(directory, 'images');
  for (const name of ['images', 'images-evil', 'elsewhere']) mkdirSync(join(directory, name));
  writeFileSync(join(base, 'disk'), 'disk');
  writeFileSync(join(directory, 'images-evil', 'x'), 'x');
  writeFileSync(join(directory, 'elsewhere', 'secret'), 'secret');
  symlinkSync('disk', join(base, 'inside'));
  symlinkSync('../elsewhere/secret', join(base, 'outside'));
  return { directory, base };
}

test('an argument under the directory is passed on as its canonical path', () => {
  const { base } = images();
  const policy = policyOf(`x: PathFilter, chown, root, nova, ${base}`, ['chown']);
  const disk = join(base, 'disk');
  assert.equal(allowedArgs(policy, ['chown', 'nova', disk]), ['nova', disk]);
  assert.equal(allowedArgs(policy, ['chown', 'nova', `${base}//x/.././disk`]), ['nova', disk]);
  assert.equal(allowedArgs(policy, ['chown', 'nova', join(base, 'inside')]), ['nova', disk]);
  assert.equal(allowedArgs(policy, ['chown', 'nova', base]), ['nova', base]);
});

test('what resolves to another place is denied', () => {
  const { base, directory } = images();
  const policy = policyOf(`x: PathFilter, chown, root, nova, ${base}`, ['chown']);
  assertDenied(policy, ['chown', 'nova', join(base, 'outside')], /elsewhere\/secret, which is not/);
  assertDenied(policy, ['chown', 'nova', `${base}/../elsewhere/secret`]);
  assertDenied(policy, ['chown', 'nova', `${directory}/images-evil/x`], /not under/);
  assertDenied(policy, ['chown', 'nova', `${base}-evil/x`], /not under/);
  assertDenied(policy, ['chown', 'nova', '']);
});

test('a relative path starts at the working directory', () => {
  const { base } = images();
  const policy = policyOf(`x: PathFilter, cat, root, ${base}`, ['cat']);
  const before = process.cwd();
  process.chdir(base);
  try {
    assert.equal(allowedArgs(policy, ['cat', 'disk']), [join(base, 'disk')]);
    assertDenied(policy, ['cat', 'outside']);
  } finally {
    process.chdir(before);
  }
});

test('a loop of links is denied', () => {
  const { base } = images();
  symlinkSync('b', join(base, 'a'));
  symlinkSync('a', join(base, 'b'));
  const policy = policyOf(`x: PathFilter, cat, root, ${base}`, ['cat']);
  assertDenied(policy, ['cat', join(base, 'a')], /cannot be resolved/);
});

test('pass takes any argument and any other word only itself', () => {
  const policy = policyOf('x: PathFilter, tool, root, pass, -v', ['tool']);
  assert.equal(allowedArgs(policy, ['tool', '../x', '-v']), ['../x', '-v']);
  assertDenied(policy, ['tool', 'x', '-w'], /'-w' is not -v/);
});

test('there must be as many arguments as constraints, and at least one', () => {
  const policy = policyOf('x: PathFilter, tool, root, pass\ny: PathFilter, none, root', [
    'tool',
    'none',
  ]);
  assertDenied(policy, ['tool'], /at least one argument/);
  assertDenied(policy, ['tool', 'a', 'b'], /takes 1 arguments, not 2/);
  assertDenied(policy, ['none']);
});

test('the root directory as constraint takes every path', () => {
  const policy = policyOf('x: PathFilter, cat, root, /', ['cat']);
  assert.equal(allowedArgs(policy, ['cat', '/..//proc/version']), ['/proc/version']);
});

testWith(['root'], 'a path that a stranger could exchange is pinned', () => {
  const { base } = images();
  const policy = policyOf(`x: PathFilter, /usr/bin/chown, root, nova, ${base}`);
  assert.equal(commandPlan(policy, ['chown', 'nova', join(base, 'disk')]).pinned, []);
  chownSync(base, 12345, 12345);
  assert.equal(commandPlan(policy, ['chown', 'nova', join(base, 'disk')]).pinned, [
    { index: 2, isDirectory: false },
  ]);
  assertDenied(policy, ['chown', 'nova', join(base, 'new')], /names nothing yet/);
  chownSync(base, 0, 0);
  assert.equal(commandPlan(policy, ['chown', 'nova', base]).pinned, []);
  chmodSync(base, 0o777);
  assert.equal(commandPlan(policy, ['chown', 'nova', join(base, 'disk')]).pinned, [
    { index: 2, isDirectory: false },
  ]);
  chmodSync(base, 0o1777);
  assert.equal(commandPlan(policy, ['chown', 'nova', join(base, 'disk')]).pinned, []);
});

test.run();
