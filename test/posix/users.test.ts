import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { posix } from '#src/posix/addon.js';
import { temporaryFolder, testAsRoot, thrown } from './program.js';

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

testAsRoot('a user may be in hundreds of groups', () => {
  const numbers = Array.from({ length: 300 }, (_, i) => 5000 + i);
  const file = join(temporaryFolder(), 'group');
  writeFileSync(file, ['root:x:0:', ...numbers.map((n) => `g${n}:x:${n}:root`), ''].join('\n'));
  const addon = import.meta.resolve('#src/posix/addon.js');
  const module = `import { posix } from '${addon}';
    console.log(JSON.stringify(posix.lookupUser('root').groups));`;
  // A mount namespace of its own, where this is /etc/group.
  const script = 'mount --bind "$1" /etc/group || exit 77; exec "$0" --input-type=module -e "$2"';
  const args = ['-m', 'sh', '-c', script, process.execPath, file, module];
  const result = spawnSync('unshare', args, { encoding: 'utf8' });
  if (result.status !== 0 && /unshare|mount/.test(result.stderr ?? 'unshare')) {
    console.log('SKIP: needs a mount namespace: a user may be in hundreds of groups');
    return;
  }
  assert.equal(JSON.parse(result.stdout), [0, ...numbers]);
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
