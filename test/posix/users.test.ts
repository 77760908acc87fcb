import { execFileSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { posix } from '#src/posix/addon.js';
import { thrown } from './program.js';

test('root is found with its home and groups', () => {
  const root = posix.lookupUser('root');
  assert.is(root?.uid, 0);
  assert.is(root?.gid, 0);
  assert.is(root?.name, 'root');
  assert.ok(root?.home.startsWith('/'));
  assert.ok(root?.groups.includes(0));
});

test('every user has the groups that id(1) prints', () => {
  const names = execFileSync('getent', ['passwd'], { encoding: 'utf8' }).match(/^[^:\n]+/gm) ?? [];
  for (const name of names.slice(0, 20)) {
    const groups = execFileSync('id', ['-G', name], { encoding: 'utf8' }).trim().split(' ');
    assert.equal(posix.lookupUser(name)?.groups.map(String).sort(), groups.sort());
  }
});

test('a name that nobody has is undefined', () => {
  assert.is(posix.lookupUser('nobody-has-this-name'), undefined);
  assert.is(posix.lookupUser(''), undefined);
  assert.is(posix.lookupUser('x'.repeat(100_000)), undefined);
});

test('a number is not a name', () => {
  assert.is(posix.lookupUser('0'), undefined);
});

test('a name with a NUL byte is refused, not cut', () => {
  assert.is(thrown(() => posix.lookupUser('root\0x')).code, 'EINVAL');
});

test('a uid has its name, and an unknown one none', () => {
  assert.is(posix.userName(0), 'root');
  assert.is(posix.userName(4_000_000_123), undefined);
  for (const wrong of [-1, 0.5, 2 ** 32, Number.NaN]) {
    assert.is(thrown(() => posix.userName(wrong)).code, 'EINVAL');
  }
});

test.run();
