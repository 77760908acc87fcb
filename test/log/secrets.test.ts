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

test('so are those behind an env further on', () => {
  assert.is(shown('ip netns exec n env P=x tool a=b'), 'ip netns exec n env P=... tool a=b');
  assert.is(shown('/usr/bin/env P=x tool'), '/usr/bin/env P=... tool');
});

test('other words stay as they are', () => {
  assert.is(shown('dd if=a of=b'), 'dd if=a of=b');
  assert.equal(withoutValues([]), []);
});

test.run();
