import { spawnSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { posix } from '#src/posix/addon.js';
import { testAsRoot, thrown } from './program.js';

const LOG_AUTH = 32;
const LOG_ERR = 3;

testAsRoot('a message is `ident: message`, with facility and priority, and never a format', () => {
  // A /dev of its own, where this test can listen at /dev/log.
  const module = `
    import { createServer } from 'node:net';
    import { posix } from ${JSON.stringify(import.meta.resolve('#src/posix/addon.js'))};
    const server = createServer((socket) => {
      let text = '';
      socket.on('data', (data) => {
        text += data;
        const messages = text.split('\\0').slice(0, -1);
        if (messages.length < 3) return;
        console.log(JSON.stringify(messages));
        process.exit();
      });
    }).listen('/dev/log', () => {
      posix.syslog('one', ${LOG_AUTH}, ${LOG_ERR}, 'plain', 0);
      posix.syslog('one', ${LOG_AUTH}, 6, '%s%n %d ü', 0);
      posix.syslog('two', 8, 7, 'other', 0);
    });`;
  const script = `mount -t tmpfs none /dev && mknod -m 666 /dev/null c 1 3 && exec "$0" --input-type=module -e "$1"`;
  const result = spawnSync('unshare', ['-m', 'sh', '-c', script, process.execPath, module], {
    encoding: 'utf8',
    timeout: 30_000,
  });
  if (result.status !== 0 && /unshare|mount|mknod/.test(result.stderr ?? '')) {
    console.log('SKIP: needs a mount namespace: syslog messages');
    return;
  }
  const messages = (JSON.parse(result.stdout) as string[]).map((text) =>
    text.replace(/^(<\d+>)[A-Z][a-z]{2} [ \d]\d [\d:]{8} /, '$1'),
  );
  assert.equal(messages, ['<35>one: plain', '<38>one: %s%n %d ü', '<15>two: other']);
});

test('numbers that are no priority or facility are refused', () => {
  for (const [facility, priority] of [
    [LOG_AUTH, 8],
    [LOG_AUTH, -1],
    [4096, LOG_ERR],
    [-8, LOG_ERR],
  ]) {
    const error = thrown(() => posix.syslog('x', facility as number, priority as number, 'm', 0));
    assert.equal([error.code, error.syscall], ['EINVAL', 'syslog']);
  }
});

test('a NUL byte is refused, not cut', () => {
  assert.is(thrown(() => posix.syslog('x\0', LOG_AUTH, LOG_ERR, 'm', 0)).code, 'EINVAL');
  assert.is(thrown(() => posix.syslog('x', LOG_AUTH, LOG_ERR, 'm\0hidden', 0)).code, 'EINVAL');
});

test.run();
