import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { decode, encode, MessageError } from '#src/wire/encoding.js';
import { isFromDaemon, isToDaemon } from '#src/wire/validators.js';

function decoded(text: string | Uint8Array): ReturnType<typeof decode> {
  return decode(Buffer.from(text as string));
}

test('bytes follow the first line end', () => {
  const payload = encode({ type: 'stdin', id: 1 }, Buffer.from('a\nb')).subarray(8);
  assert.is(payload.toString(), '{"type":"stdin","id":1}\na\nb');
  const { value, bytes } = decode(payload);
  assert.equal(value, { type: 'stdin', id: 1 });
  assert.is(bytes.toString(), 'a\nb');
});

test('without bytes there is no line end', () => {
  const payload = encode({ type: 'abort', id: 1 }, new Uint8Array()).subarray(8);
  assert.is(payload.toString(), '{"type":"abort","id":1}');
  assert.is(decode(payload).bytes.length, 0);
});

test('what is not JSON in UTF-8 is refused', () => {
  for (const text of [
    '',
    '{',
    '{"type":\n1}',
    'nul',
    '\ufeff{',
    '[1,]',
    Buffer.of(0x22, 0xff, 0x22),
  ]) {
    assert.throws(
      () => decoded(text),
      (error: unknown) => error instanceof MessageError,
    );
  }
});

test('messages to the daemon are told from others', () => {
  const good = [
    { type: 'hello', protocol: 1 },
    { type: 'run', id: 1, argv: ['true'] },
    { type: 'run', id: 2, argv: ['true'], environment: { A: '' }, window: 0, killAfter: 0 },
    { type: 'stdin', id: 1, end: true },
    { type: 'signal', id: 1, signal: 'SIGTERM' },
  ];
  for (const message of good) assert.ok(isToDaemon(message), JSON.stringify(message));
  const bad = [
    null,
    [],
    'run',
    {},
    { type: 'nothing' },
    { type: 'constructor' },
    { type: '__proto__' },
    { type: ['run'], id: 1, argv: ['true'] },
    { type: 'run', id: 0, argv: ['true'] },
    { type: 'run', id: 1.5, argv: ['true'] },
    { type: 'run', id: 2 ** 53, argv: ['true'] },
    { type: 'run', id: '1', argv: ['true'] },
    { type: 'run', id: 1, argv: [] },
    { type: 'run', id: 1, argv: 'true' },
    { type: 'run', id: 1, argv: [1] },
    { type: 'run', id: 1, argv: ['true'], environment: { 'A=B': '' } },
    { type: 'run', id: 1, argv: ['true'], environment: { '': '' } },
    { type: 'run', id: 1, argv: ['true'], environment: { 'A\0': '' } },
    { type: 'run', id: 1, argv: ['true'], environment: { A: 1 } },
    { type: 'run', id: 1, argv: ['true'], timeout: 0 },
    { type: 'run', id: 1, argv: ['true'], timeout: 2 ** 31 },
    { type: 'run', id: 1, argv: ['true'], killSignal: 'TERM' },
    { type: 'run', id: 1, argv: ['true'], uid: 0 },
    { type: 'abort', id: 1, signal: 'SIGTERM' },
    JSON.parse('{"type":"abort","id":1,"__proto__":{}}'),
  ];
  for (const message of bad) assert.not.ok(isToDaemon(message), JSON.stringify(message));
});

test('messages from the daemon are told from others', () => {
  const exit = { type: 'exit', id: 1, code: 0, signal: null, stdout: 0, stderr: 0 };
  assert.ok(isFromDaemon(exit));
  assert.ok(isFromDaemon({ ...exit, code: null, signal: 'SIG34', heldOpen: true }));
  assert.not.ok(isFromDaemon({ ...exit, stdout: -1 }));
  assert.not.ok(isFromDaemon({ ...exit, timedOut: false }));
  assert.not.ok(isFromDaemon({ type: 'run', id: 1, argv: ['true'] }));
});

test.run();
