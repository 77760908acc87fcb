import { PassThrough, Writable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { MOST_UNREAD } from '#src/privileged/wire/channel.js';
import { DataError } from '#src/privileged/wire/data.js';
import { MOST_BYTES, MOST_TEXT, type ToHelper } from '#src/privileged/wire/messages.js';
import { frame } from '#src/wire/frames.js';
import { until } from '../../support/patience.js';
import { helperEnd, serviceEnd, socketPair } from './channel-pair.js';

const cancel = (id: number): ToHelper => ({ type: 'cancel', id });
const ids = (received: readonly { message: ToHelper }[]) =>
  received.map(({ message }) => message.id);

test('messages go both ways over one socket, with their bytes', async () => {
  const [one, other] = await socketPair();
  const [service, answers] = serviceEnd(one, one);
  const [helper, calls] = helperEnd(other, other);
  calls.onMessage = ({ id }) => {
    helper.send({ type: 'result', id, value: null, bytes: [[[], 2]] }, [Buffer.from('hi')]);
  };
  const args = { a: 'é\n\ud800', b: null };
  service.send({ type: 'call', id: 1, name: 'f', args, bytes: [[['b'], 3]] }, [
    Buffer.from('\n'),
    Buffer.from('ab'),
  ]);
  service.send(cancel(2));
  await until('both answers', () => answers.received.length === 2);
  assert.equal(calls.received[0]?.message, {
    type: 'call',
    id: 1,
    name: 'f',
    args,
    bytes: [[['b'], 3]],
  });
  assert.is(calls.received[0]?.bytes.toString(), '\nab');
  assert.is(calls.received[1]?.bytes.length, 0);
  assert.equal(String(answers.received[1]?.bytes), 'hi');
  service.end();
  await until('the end', () => calls.ends.length + answers.ends.length === 2);
  assert.equal([calls.ends, answers.ends], [[undefined], [undefined]]);
});

test('two streams are as good as one that is both', async () => {
  const [there, back] = [new PassThrough(), new PassThrough()];
  const [service, answers] = serviceEnd(back, there);
  const [helper, calls] = helperEnd(there, back);
  service.send(cancel(7));
  helper.send({ type: 'fatal', message: 'm' });
  await until('both messages', () => calls.received.length + answers.received.length === 2);
  helper.end();
  await until('the end', () => answers.ends.length === 1);
  assert.equal(answers.ends, [undefined]);
});

test('messages of one turn are one write, and each is whole in whatever pieces it comes', async () => {
  const output = new PassThrough();
  const pieces: Buffer[] = [];
  output.on('data', (piece) => pieces.push(piece));
  let writes = 0;
  output._writev = (chunks, done) => {
    writes++;
    for (const { chunk } of chunks) output.push(chunk);
    done();
  };
  const [service] = serviceEnd(new PassThrough(), output);
  for (let id = 1; id <= 64; id++) service.send(cancel(id));
  await turn();
  assert.is(writes, 1);
  for (const size of [1, 7, 10_000]) {
    const input = new PassThrough();
    const [, calls] = helperEnd(input, new PassThrough());
    const all = Buffer.concat(pieces);
    for (let at = 0; at < all.length; at += size) input.write(all.subarray(at, at + size));
    await until('all', () => calls.received.length === 64);
    assert.equal(
      ids(calls.received),
      Array.from({ length: 64 }, (_, index) => index + 1),
    );
  }
});

test('a fatal message is with the system when send returns, and all before it', () => {
  const written: string[] = [];
  const output = new Writable({
    write(chunk, _encoding, done) {
      written.push(String(chunk));
      done();
    },
  });
  const [helper] = helperEnd(new PassThrough(), output);
  helper.send({ type: 'log', level: 'info', message: 'first' });
  assert.is(written.length, 0);
  helper.send({ type: 'fatal', message: 'last' });
  assert.match(written.join(''), /first.*last/s);
});

test('a message that is too large is not sent, and others are after it', async () => {
  const [one, other] = await socketPair();
  const [service] = serviceEnd(one, one);
  const [, calls] = helperEnd(other, other);
  const call = { type: 'call', id: 1, name: 'f' } as const;
  const envelope = JSON.stringify({ ...call, args: '' }).length;
  const tooLarge = (send: () => void, message: RegExp) =>
    assert.throws(
      send,
      (error: unknown) => error instanceof DataError && message.test(error.message),
    );
  const text = 'x'.repeat(MOST_TEXT - envelope);
  tooLarge(() => service.send({ ...call, args: `${text}x` }), /larger than 1048576 bytes as JSON/);
  tooLarge(() => service.send({ ...call, args: 'é'.repeat(MOST_TEXT / 2) }), /larger than/);
  const bytes = new Uint8Array(MOST_BYTES);
  tooLarge(
    () =>
      service.send({ ...call, args: null, bytes: [[[], MOST_BYTES + 1]] }, [bytes, Buffer.of(1)]),
    /more than 16777216 bytes/,
  );
  service.send({ ...call, args: text });
  service.send({ ...call, args: null, bytes: [[[], MOST_BYTES]] }, [bytes]);
  await until('the largest', () => calls.received.length === 2);
  assert.is(calls.received[1]?.bytes.length, MOST_BYTES);
  service.destroy();
});

test('a pause holds back even what is here already, and the end too', async () => {
  const [one, other] = await socketPair();
  const [helper, calls] = helperEnd(other, other);
  calls.onMessage = ({ id }) => {
    if (id % 2 === 0) helper.pause();
  };
  one.end(Buffer.concat([1, 2, 3, 4, 5].map((id) => frame(JSON.stringify(cancel(id))))));
  await until('the second', () => calls.received.length === 2);
  for (let round = 0; round < 50; round++) await turn();
  assert.equal([ids(calls.received), calls.ends], [[1, 2], []]);
  helper.resume();
  assert.equal([ids(calls.received), calls.ends], [[1, 2, 3, 4], []]);
  for (let round = 0; round < 50; round++) await turn();
  assert.equal(calls.ends, []);
  helper.resume();
  await until('the end', () => calls.ends.length === 1);
  assert.equal([ids(calls.received), calls.ends], [[1, 2, 3, 4, 5], [undefined]]);
});

test('a pause and its end within one message change nothing', async () => {
  const input = new PassThrough();
  const [helper, calls] = helperEnd(input, new PassThrough());
  let within = 0;
  calls.onMessage = () => {
    assert.is(within++, 0, 'a message within another');
    helper.pause();
    helper.resume();
    within--;
  };
  input.end(Buffer.concat([1, 2, 3].map((id) => frame(JSON.stringify(cancel(id))))));
  await until('the end', () => calls.ends.length === 1);
  assert.equal(ids(calls.received), [1, 2, 3]);
});

test('a stream that somebody else lets flow is delivered in order, after the pause', async () => {
  const input = new PassThrough();
  const [helper, calls] = helperEnd(input, new PassThrough());
  calls.onMessage = ({ id }) => {
    if (id === 1) helper.pause();
  };
  input.write(Buffer.concat([1, 2].map((id) => frame(JSON.stringify(cancel(id))))));
  await until('the first', () => calls.received.length === 1);
  input.write(frame(JSON.stringify(cancel(3))));
  input.resume(); // as a child process does with its output when it has ended
  for (let round = 0; round < 50; round++) await turn();
  input.end(frame(JSON.stringify(cancel(4))));
  for (let round = 0; round < 50; round++) await turn();
  assert.equal(ids(calls.received), [1]);
  helper.resume();
  await until('the end', () => calls.ends.length === 1);
  assert.equal(ids(calls.received), [1, 2, 3, 4]);
});

test('send tells when the other side does not read, and drained when it does again', async () => {
  const [one, other] = await socketPair();
  const [service, answers] = serviceEnd(one, one);
  const [helper, calls] = helperEnd(other, other);
  helper.pause();
  const message: ToHelper = { type: 'call', id: 1, name: 'f', args: 'x'.repeat(100_000) };
  let sent = 1;
  while (service.send(message)) {
    if (++sent % 10 === 0) await turn();
    assert.ok(sent * 100_000 < 100 * MOST_UNREAD, 'it never tells');
  }
  assert.is(answers.drains, 0);
  helper.resume();
  await until('all', () => calls.received.length === sent);
  await until('the word of it', () => answers.drains === 1);
  assert.ok(service.send(cancel(1)));
  service.destroy();
});

test('drained comes though something is sent when most has been read', async () => {
  const taken: (() => void)[] = [];
  const output = new Writable({ write: (_chunk, _encoding, done) => void taken.push(done) });
  const [service, answers] = serviceEnd(new PassThrough(), output);
  const call: ToHelper = { type: 'call', id: 1, name: 'f', args: 'x'.repeat(MOST_UNREAD / 2) };
  for (let count = 0; count < 3; count++) service.send(call);
  assert.not(service.send(call));
  await turn();
  for (let count = 0; count < 3; count++) {
    taken.shift()?.();
    await turn();
  }
  assert.ok(output.writableLength < MOST_UNREAD);
  assert.not(service.send(cancel(1)), 'it is not drained yet');
  while (answers.drains === 0 && output.writableLength > 0) {
    taken.shift()?.();
    await turn();
  }
  assert.is(answers.drains, 1);
  assert.ok(service.send(cancel(1)));
});

test('what is sent after the end goes nowhere', async () => {
  const [one, other] = await socketPair();
  const [service, answers] = serviceEnd(one, one);
  const [, calls] = helperEnd(other, other);
  service.send(cancel(1));
  service.end();
  service.end();
  service.send(cancel(2));
  await until('the end', () => calls.ends.length + answers.ends.length === 2);
  service.send(cancel(3));
  service.pause();
  service.resume();
  service.end();
  service.destroy();
  assert.equal(ids(calls.received), [1]);
  assert.equal(answers.ends, [undefined]);
  assert.ok(one.destroyed && other.destroyed);
});

test('after end the other side may still say something', async () => {
  const [one, other] = await socketPair();
  const [service, answers] = serviceEnd(one, one);
  service.end();
  other.resume();
  other.end(frame('{"type":"fatal","message":"m"}'));
  await until('the end', () => answers.ends.length === 1);
  assert.is(answers.received.length, 1);
});

test.run();
