import { closeSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { posix } from '#src/posix/addon.js';
import { declare } from '#src/privileged/contexts/declaration.js';
import { ContextLog } from '#src/privileged/service/context-log.js';
import { HelperLink } from '#src/privileged/service/helper-link.js';
import { settled } from '#src/privileged/wire/answer.js';
import { takeApart } from '#src/privileged/wire/data.js';
import { frame } from '#src/wire/frames.js';
import { linesTo, refusal } from '../../support/fake-service.js';

/** What a call gives whose helper answers with this frame, to a service that declares this limit. */
async function answered(maxResult: number | undefined, answer: Buffer): Promise<unknown> {
  const [ours, its] = posix.socketPair();
  const socket = new Socket({ fd: ours, allowHalfOpen: true });
  const link = new HelperLink(
    declare('net', { user: 'nobody', maxResult }),
    { input: socket, output: socket },
    new ContextLog('net', linesTo([])),
    30_000,
  );
  const ready = { type: 'ready', protocol: 1, context: 'net', functions: [] };
  writeSync(its, frame(JSON.stringify(ready)));
  await link.ready;
  const call = link.call('x', takeApart({}), undefined).then(settled);
  writeSync(its, answer);
  try {
    return await call;
  } finally {
    closeSync(its);
    await link.stop();
  }
}

/** A result that is so many bytes as JSON. */
function resultOf(length: number): Buffer {
  const text = '{"type":"result","id":1,"value":""}';
  return frame(text.replace(/""}$/, `"${'x'.repeat(length - text.length)}"}`));
}

test('a helper that sends a larger result than its context declares is believed no more', async () => {
  assert.is(((await answered(2000, resultOf(2000))) as string).length, 1965);
  const { message } = await refusal(answered(2000, resultOf(2001)));
  assert.match(message, 'the channel broke: more than 2000 bytes of JSON');
  const bytes = (length: number) => {
    const text = JSON.stringify({ type: 'result', id: 1, value: null, bytes: [[[], length]] });
    return frame(text, Buffer.from('\n'), Buffer.alloc(length));
  };
  assert.equal(await answered(2000, bytes(2000)), new Uint8Array(2000));
  assert.match((await refusal(answered(2000, bytes(2001)))).message, 'more bytes than belong');
});

test('an error has its own room, however little a result has', async () => {
  const thrown = { name: 'Error', message: 'x'.repeat(5000) };
  const failure = { kind: 'function', thrown };
  const answer = frame(JSON.stringify({ type: 'error', id: 1, failure }));
  try {
    await answered(1024, answer);
    assert.unreachable();
  } catch (error) {
    assert.match((error as Error).message, 'x'.repeat(5000));
  }
});

test('only a result has the room of a result', async () => {
  const log = { type: 'log', level: 'info', message: 'x'.repeat(1024 * 1024) };
  const text = '{"type":"result","id":1}';
  const both = Buffer.concat([frame(JSON.stringify(log)), frame(text)]);
  await new Promise<void>((resolve, reject) => {
    lateAnswer(2 ** 21, both).then(reject, (error: Error) => {
      assert.match(error.message, 'the channel broke: more than 1048576 bytes of JSON');
      resolve();
    });
  });
});

/** As `answered`, for what no socket takes at once. */
async function lateAnswer(maxResult: number, answer: Buffer): Promise<unknown> {
  const [ours, its] = posix.socketPair();
  const socket = new Socket({ fd: ours, allowHalfOpen: true });
  const helper = new Socket({ fd: its, allowHalfOpen: true });
  helper.on('error', () => {});
  helper.resume();
  const link = new HelperLink(
    declare('net', { user: 'nobody', maxResult }),
    { input: socket, output: socket },
    new ContextLog('net', linesTo([])),
    30_000,
  );
  helper.write(frame('{"type":"ready","protocol":1,"context":"net","functions":[]}'));
  await link.ready;
  const call = link.call('x', takeApart({}), undefined).then(settled);
  helper.write(answer);
  try {
    return await call;
  } finally {
    helper.destroy();
  }
}

test.run();
