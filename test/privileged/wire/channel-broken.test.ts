import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { MOST_BYTES, MOST_TEXT } from '#src/privileged/wire/messages.js';
import { frame } from '#src/wire/frames.js';
import { until } from '../../support/patience.js';
import { helperEnd, serviceEnd, socketPair } from './channel-pair.js';

const CANCEL = frame('{"type":"cancel","id":1}');
const LINE = Buffer.from('\n');

/** What a helper does with this input and an end: the messages it takes, and why it closes. */
async function given(...input: readonly Buffer[]): Promise<[number, string | undefined]> {
  const [one, other] = await socketPair();
  const [, calls] = helperEnd(other, other);
  one.on('error', () => {}); // it may be closed before all is written
  one.end(Buffer.concat(input));
  await until('the end', () => calls.ends.length > 0);
  await turn();
  assert.is(calls.ends.length, 1);
  assert.ok(other.destroyed);
  one.destroy();
  return [calls.received.length, calls.ends[0]?.message];
}

test('an end between two messages is no error', async () => {
  assert.equal(await given(), [0, undefined]);
  assert.equal(await given(CANCEL), [1, undefined]);
});

test('an end within a message is one', async () => {
  for (const count of [1, 7, 8, 9, CANCEL.length - 1]) {
    const [received, message] = await given(CANCEL, CANCEL.subarray(0, count));
    assert.is(received, 1);
    assert.match(String(message), /ended within a message/);
  }
});

test('a message that is none closes the channel, and nothing behind it is delivered', async () => {
  for (const text of [
    '',
    'null',
    '[]',
    '{}',
    '{"type":"cancel"}',
    '{"type":"cancel","id":1,"more":1}',
    '{"type":"cancel","id":1,"__proto__":{}}',
    '{"type":"constructor","id":1}',
    '{"type":"result","id":1}',
    '{"type":"cancel","id":1} {}',
    '\ufeff{"type":"cancel","id":1}',
    `${'['.repeat(500_000)}${']'.repeat(500_000)}`,
  ]) {
    const [received, message] = await given(CANCEL, frame(text), CANCEL);
    assert.is(received, 1, text.slice(0, 50));
    assert.match(String(message), /not JSON|not a message of this version/, text.slice(0, 50));
  }
});

test('text that is not UTF-8 closes the channel', async () => {
  const payload = Buffer.from('{"type":"call","id":1,"name":"\xff","args":null}', 'latin1');
  assert.equal(await given(frame('', payload)), [0, 'not JSON in UTF-8']);
});

test('bytes that belong to no message close the channel', async () => {
  const [received, message] = await given(CANCEL, frame('{"type":"cancel","id":1}', LINE, LINE));
  assert.is(received, 1);
  assert.match(String(message), /more bytes than belong/);
});

test('a frame above the limits closes the channel before its bytes are kept', async () => {
  for (const length of [BigInt(MOST_TEXT + 1 + MOST_BYTES + 1), 2n ** 53n, 2n ** 64n - 1n]) {
    const header = Buffer.alloc(8);
    header.writeBigUInt64BE(length);
    const [received, message] = await given(CANCEL, header);
    assert.is(received, 1);
    assert.match(String(message), /a frame of \d+ bytes; at most/);
  }
});

test('a frame may not hold more text than a message may, nor more bytes', async () => {
  const call = (length: number) => {
    const text = `{"type":"call","id":1,"name":"f","bytes":[],"args":""}`;
    return text.replace(/""}$/, `"${'x'.repeat(length - text.length)}"}`);
  };
  assert.equal(await given(frame(call(MOST_TEXT))), [1, undefined]);
  assert.equal(await given(frame(call(MOST_TEXT), LINE, Buffer.of(1))), [1, undefined]);
  const tooLong = [0, 'more than 1048576 bytes of JSON'];
  assert.equal(await given(frame(call(MOST_TEXT + 1))), tooLong);
  assert.equal(await given(frame(call(MOST_TEXT + 1), LINE, Buffer.of(1))), tooLong);
  const most = Buffer.alloc(MOST_BYTES);
  assert.equal(await given(frame(call(100), LINE, most)), [1, undefined]);
  const [received, message] = await given(frame(call(100), LINE, most, Buffer.of(1)));
  assert.is(received, 0);
  assert.match(String(message), /more bytes than belong/);
});

test('a stream that fails closes the channel with its error, once', async () => {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const [, calls] = helperEnd(input, output);
  input.destroy(new Error('EIO'));
  output.destroy(new Error('EPIPE'));
  await until('the end', () => calls.ends.length > 0);
  await turn();
  assert.equal(calls.ends.map(String), ['Error: EIO']);
});

test('a stream that is cut off without an end is an error, also when it was before', async () => {
  const input = new PassThrough();
  const [, calls] = helperEnd(input, new PassThrough());
  input.destroy();
  await until('the end', () => calls.ends.length > 0);
  assert.match(String(calls.ends[0]), /cut off/);
  const [, late] = helperEnd(input, new PassThrough());
  await until('the end', () => late.ends.length > 0);
  assert.match(String(late.ends[0]), /cut off/);
});

test('what was said before an end is heard, though nothing can be sent any more', async () => {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const [service, answers] = serviceEnd(input, output);
  output.destroy(new Error('EPIPE'));
  await until('the failure', () => output.closed);
  service.send({ type: 'cancel', id: 1 });
  assert.equal(answers.ends, []);
  input.end(frame('{"type":"fatal","message":"why"}'));
  await until('the end', () => answers.ends.length > 0);
  assert.equal(
    answers.received.map(({ message }) => message),
    [{ type: 'fatal', message: 'why' }],
  );
  assert.equal(answers.ends, [undefined]);
});

test('a side that neither reads nor ends is left after a moment', async () => {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const [, answers] = serviceEnd(input, output);
  output.destroy(new Error('EPIPE'));
  await until('the end', () => answers.ends.length > 0);
  assert.equal(answers.ends.map(String), ['Error: EPIPE']);
  const [, late] = serviceEnd(new PassThrough(), output);
  await until('the end', () => late.ends.length > 0);
  assert.match(String(late.ends[0]), /reads no more/);
});

test('what the listener throws is nobody’s to swallow, and closes the channel', async () => {
  const [input, other] = await socketPair();
  const [, calls] = helperEnd(other, other);
  const bug = new Error('bug');
  calls.onMessage = () => {
    throw bug;
  };
  const uncaught = once(process, 'uncaughtException');
  input.write(Buffer.concat([CANCEL, CANCEL]));
  assert.is((await uncaught)[0], bug);
  await turn();
  assert.equal([calls.received.length, calls.ends], [1, [bug]]);
});

test('a channel that is destroyed within a message delivers no more of what is there', async () => {
  const input = new PassThrough();
  const [helper, calls] = helperEnd(input, new PassThrough());
  calls.onMessage = () => helper.destroy();
  input.write(Buffer.concat([CANCEL, CANCEL, CANCEL]));
  await until('the end', () => calls.ends.length > 0);
  await turn();
  assert.equal([calls.received.length, calls.ends], [1, [undefined]]);
});

test.run();
