import { PassThrough, Writable } from 'node:stream';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CallServer } from '#src/privileged/helper/call-server.js';
import { Channel } from '#src/privileged/wire/channel.js';
import { MAX_UNREAD_RESULTS } from '#src/privileged/wire/encode.js';
import { isToHelper } from '#src/privileged/wire/guards.js';
import { type FromHelper, MOST_BYTES, type ToHelper } from '#src/privileged/wire/messages.js';
import { decode } from '#src/wire/encoding.js';
import { FrameReader } from '#src/wire/frames.js';
import { until } from '../../support/patience.js';
import { testWith } from '../../support/requirements.js';
import { prepared } from '../run/prepared.js';
import { moduleOf } from './modules-directory.js';
import { type Answer, endHelpers, StartedHelper } from './started.js';

const sizes = `
  export const text = test.entrypoint({ length: { type: 'integer' } },
    ({ length }) => 'x'.repeat(length));
  export const bytes = test.entrypoint({ length: { type: 'integer' } },
    ({ length }) => new Uint8Array(length));`;

/** What refuses a call. */
function refusedWith(answer: Answer): string {
  assert.is(answer.type, 'error');
  const { failure } = answer as Extract<Answer, { type: 'error' }>;
  if (failure.kind !== 'refused') throw new Error(JSON.stringify(failure));
  assert.is(failure.code, 'ERR_PRIVILEGED_RESULT');
  return failure.message;
}

testWith(
  ['root'],
  'a result above the limits fails its own call, and the next one is served',
  async () => {
    const resultLimits = { text: 4096, bytes: 10_000 };
    const helper = await new StartedHelper(moduleOf(sizes), { resultLimits }).ready();
    const envelope = '{"type":"result","id":1,"value":""}'.length;
    assert.is((await helper.call('text', { length: 4096 - envelope })).type, 'result');
    const long = await helper.call('text', { length: 4097 - envelope });
    assert.match(refusedWith(long), 'result: larger than 4096 bytes as JSON');
    assert.is((await helper.call('bytes', { length: 10_000 })).raw.length, 10_000);
    const many = await helper.call('bytes', { length: 10_001 });
    assert.match(refusedWith(many), 'result makes more than 10000 bytes');
    assert.is((await helper.call('text', { length: 1 })).type, 'result');
    assert.equal(await helper.hangUp(), { code: 0, signal: null });
  },
);

/** A reader that reads nothing until it is let go. */
class Stalled extends Writable {
  readonly received: FromHelper[] = [];
  readonly #reader = new FrameReader(2 * MAX_UNREAD_RESULTS);
  #held: (() => void) | undefined;
  #isLetGo = false;

  override _write(chunk: Buffer, _: string, done: () => void): void {
    for (const payload of this.#reader.read(chunk)) {
      this.received.push(decode(payload).value as FromHelper);
    }
    if (this.#isLetGo) setImmediate(done);
    else this.#held = done;
  }

  letGo(): void {
    this.#isLetGo = true;
    this.#held?.();
  }
}

test('results that the service does not read are bounded together, and those beyond fail', async () => {
  const output = new Stalled();
  const ignored = { message: () => {}, closed: () => {} };
  const channel = new Channel<ToHelper, FromHelper>(new PassThrough(), output, ignored, isToHelper);
  const functions = new Map([['large', prepared(() => new Uint8Array(MOST_BYTES))]]);
  const server = new CallServer(channel, functions, {
    debug: false,
    logger: () => console,
    overdue: () => {},
  });
  const call = (id: number, name: string) =>
    server.receive({ type: 'call', id, name, args: {} }, Buffer.alloc(0));
  const count = (2 * MAX_UNREAD_RESULTS) / MOST_BYTES;
  for (let id = 1; id <= count; id++) call(id, 'large');
  await new Promise(setImmediate);
  const room = Math.floor(MAX_UNREAD_RESULTS / (MOST_BYTES + 1));
  assert.ok(output.writableLength <= MAX_UNREAD_RESULTS, `${output.writableLength}`);
  assert.ok(output.writableLength >= room * MOST_BYTES, `${output.writableLength}`);
  output.letGo();
  await until('all answers', () => output.received.length === count);
  const answers = output.received as Answer[];
  assert.is(answers.filter(({ type }) => type === 'result').length, room);
  for (const answer of answers.filter(({ type }) => type === 'error')) {
    assert.match(refusedWith(answer), 'result: with it more than 268435456 bytes would wait');
  }
  channel.send({ type: 'result', id: 1, value: 'after' });
  await until('another', () => output.received.length === count + 1);
  channel.destroy();
});

test.after(endHelpers);

test.run();
