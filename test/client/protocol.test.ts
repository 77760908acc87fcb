import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { DaemonStartError, ProtocolError } from '#src/client/index.js';
import { fake, rejection } from './fake.js';

test('what comes before the first frame is shown, escaped', async () => {
  await using root = fake(['--stdio', '--say', 'Welcome to \u001b[1mhost\n']);
  const error = await rejection(root.execute(['echo']), ProtocolError);
  assert.match(error.message, /what came begins with \$'Welcome to \\x1b\[1mhost\\x0a/);
  assert.equal([error.mayHaveRun, error.code], [false, 'ERR_PROTOCOL']);
});

test('what comes before the path of the socket is shown, escaped', async () => {
  await using root = fake(['--say', 'Welcome\u001b\n']);
  const error = await rejection(root.execute(['echo']), DaemonStartError);
  assert.match(
    error.message,
    /does not begin with the path of a socket but with \$'Welcome\\x1b\\x0a/,
  );
});

for (const [behaviour, message] of [
  ['wrong-key', /does not know the key/],
  ['strict', /does not accept the key/],
  ['md5', /sends no challenge for HMAC-SHA256/],
] as const) {
  test(`a daemon that does not prove itself by SHA-256 is sent nothing: ${behaviour}`, async () => {
    await using root = fake([behaviour]);
    const error = await rejection(root.execute(['echo']), ProtocolError);
    assert.match(error.message, message);
    assert.is(error.mayHaveRun, false);
  });
}

const EXIT = { type: 'exit', id: 1, code: 0, signal: null, stdout: 0, stderr: 0 };

for (const [what, raw, message] of [
  ['no JSON', ['{'], /not JSON/],
  ['an unknown kind', ['{"type":"what"}'], /"type"/],
  ['an unknown property', ['{"type":"goodbye","last":0,"more":1}'], /additional properties/],
  ['an id that was never sent', [JSON.stringify({ ...EXIT, id: 7 })], /exit about 7/],
  ['both code and signal', [JSON.stringify({ ...EXIT, signal: 'SIGHUP' })], /both or none/],
  ['fewer bytes than told', [JSON.stringify({ ...EXIT, stdout: 5 }), 'abc'], /5 bytes and has 3/],
  ['bytes where none belong', ['{"type":"goodbye","last":1}', 'abc'], /bytes behind a message/],
  ['a second hello', [hello()], /a second hello/],
  ['output without a window', ['{"type":"stdout","id":1}', 'abc'], /more stdout than/],
  ['a process nobody asked for', ['{"type":"started","id":1,"pid":5}'], /does not stream/],
  ['a goodbye for what was never sent', ['{"type":"goodbye","last":9}'], /never sent/],
  ['an error of ours', ['{"type":"error","message":"bad\\u001b id"}'], /objects: bad\\x1b id/],
] as const) {
  test(`the connection ends for all when the daemon sends ${what}`, async () => {
    await using root = fake();
    const [error, other] = await Promise.all([
      rejection(root.execute(['raw', ...raw]), ProtocolError),
      rejection(root.execute(['sleep', '9999']), ProtocolError),
    ]);
    assert.match(error.message, message);
    assert.ok(error.mayHaveRun && other.mayHaveRun);
    assert.is((await root.execute(['echo', 'next'])).stdout, 'next');
  });
}

test('the connection ends when the daemon sends a frame of absurd length', async () => {
  await using root = fake();
  const error = await rejection(root.execute(['bytes', 'absurdly long']), ProtocolError);
  assert.match(error.message, /a frame of \d+ bytes; at most 3097152 are taken/);
});

test('more output than was granted ends the connection', async () => {
  await using root = fake();
  const running = root.start(['flood-unasked', '2000000']);
  await rejection(running.result, ProtocolError);
});

function hello(): string {
  const limits = { frame: 9, requests: 9, output: 9, input: 9 };
  return JSON.stringify({ type: 'hello', protocol: 1, version: '', limits });
}

test.run();
