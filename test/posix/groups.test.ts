import { execFileSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { posix } from '#src/posix/addon.js';
import { thrown } from './program.js';

test('every group has the number that getent prints, and that number its name', () => {
  const lines = execFileSync('getent', ['group'], { encoding: 'utf8' }).trim().split('\n');
  const groups = lines
    .map((line) => line.split(':'))
    .map(([name = '', , gid]) => [name, Number(gid)]);
  assert.ok(groups.length > 0);
  const numbers = groups.map(([, gid]) => gid);
  for (const [name, gid] of groups as [string, number][]) {
    assert.is(posix.lookupGroup(name), gid);
    if (numbers.indexOf(gid) === numbers.lastIndexOf(gid)) assert.is(posix.groupName(gid), name);
  }
});

test('what no group has is undefined', () => {
  assert.is(posix.lookupGroup('no-such-group'), undefined);
  assert.is(posix.lookupGroup(''), undefined);
  assert.is(posix.lookupGroup('0'), undefined);
  assert.is(posix.lookupGroup('x'.repeat(100_000)), undefined);
  assert.is(posix.groupName(4_000_000_123), undefined);
});

test('what is no name and no number is refused', () => {
  assert.is(thrown(() => posix.lookupGroup('root\0x')).code, 'EINVAL');
  assert.is(thrown(() => posix.groupName(-1)).code, 'EINVAL');
  assert.is(thrown(() => posix.groupName(2 ** 32)).code, 'EINVAL');
});

test.run();
