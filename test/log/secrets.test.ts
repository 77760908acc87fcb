import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { withoutValues } from '#src/log/secrets.js';

function shown(command: string): string {
  return withoutValues(command.split(' ')).join(' ');
}

test('values of variables before a command are left out', () => {
  assert.is(shown('env PASSWORD=x A= tool --a=b'), 'env PASSWORD=... A=... tool --a=b');
  assert.is(shown('PASSWORD=x=y tool c=d'), 'PASSWORD=... tool c=d');
});

test('so are those of the command of ip netns exec, and of an env that is a path', () => {
  assert.is(shown('ip netns exec n env P=x tool a=b'), 'ip netns exec n env P=... tool a=b');
  assert.is(shown('/sbin/ip net e n P=x tool a=b'), '/sbin/ip net e n P=... tool a=b');
  assert.is(shown('/usr/bin/env P=x tool'), '/usr/bin/env P=... tool');
});

test('options and arguments are no variables, wherever an env stands', () => {
  for (const command of [
    'env --target=/etc/shadow --to-command=evil',
    'nope env A=b',
    'dd x/env of=/dev/sda',
    'env tool P=x',
    'ip netns add n env P=x',
  ]) {
    assert.is(shown(command), command);
  }
  assert.is(shown('env --split-string=x P=y tool'), 'env --split-string=x P=... tool');
});

test('other words stay as they are', () => {
  assert.is(shown('dd if=a of=b'), 'dd if=a of=b');
  assert.equal(withoutValues([]), []);
});

test.run();
