import { setTimeout as wait } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { MOST_CALLS } from '#src/privileged/helper/call-server.js';
import { MOST_BYTES, MOST_BYTES_AT_ONCE, MOST_TEXT } from '#src/privileged/wire/messages.js';
import { frame } from '#src/wire/frames.js';
import { until } from '../../support/patience.js';
import { testWith } from '../../support/requirements.js';
import { moduleOf } from './modules-directory.js';
import { endHelpers, StartedHelper } from './started.js';

const MODULE = `
  import { setTimeout as wait } from 'node:timers/promises';
  export const echo = test.entrypoint({ x: { type: 'integer', optional: true } }, ({ x }) => x ?? 0);
  export const waits = test.entrypoint({}, (_, { signal, log }) => {
    log.info('begun');
    return wait(60_000, 0, { signal });
  });`;

/** Eight bytes of length, and nothing or little behind them. */
function length(bytes: bigint, rest = ''): Buffer {
  const header = Buffer.alloc(8);
  header.writeBigUInt64BE(bytes);
  return Buffer.concat([header, Buffer.from(rest)]);
}

const call = (rest: object) =>
  frame(JSON.stringify({ type: 'call', id: 1, name: 'echo', args: {}, ...rest }));

const BROKEN: Readonly<Record<string, Buffer>> = {
  garbage: Buffer.from('GET / HTTP/1.1\r\nHost: helper\r\n\r\n'),
  'a frame of all memory': length(2n ** 64n - 1n),
  'a frame a byte too long': length(BigInt(MOST_TEXT + 1 + MOST_BYTES + 1), 'x'),
  'an empty frame': length(0n),
  'no JSON': frame('{'),
  'JSON of more than its limit': frame(JSON.stringify('x'.repeat(MOST_TEXT))),
  'no UTF-8': frame('', Buffer.from([0x22, 0xff, 0x22])),
  null: frame('null'),
  'a number': frame('1'),
  'an array': frame('[{"type":"cancel","id":1}]'),
  'an object of no type': frame('{}'),
  'a type that is no text': frame('{"type":["cancel"],"id":1}'),
  'a type of everything': frame('{"type":"constructor","id":1}'),
  'a message of its own kind': frame('{"type":"ready","protocol":1,"context":"x","functions":[]}'),
  'a call without a number': call({ id: undefined }),
  'a call numbered 0': call({ id: 0 }),
  'a call numbered in text': call({ id: '1' }),
  'a call numbered beyond whole numbers': call({ id: 2 ** 60 }),
  'a call numbered by a fraction': call({ id: 1.5 }),
  'a call without a name': call({ name: undefined }),
  'a call whose name is no text': call({ name: ['echo'] }),
  'a call with something more': call({ uid: 0 }),
  'a call with __proto__': frame(
    '{"type":"call","id":1,"name":"echo","args":{},"__proto__":{"uid":0}}',
  ),
  'places of bytes that are none': call({ bytes: { length: 1 } }),
  'a place of negative length': call({ bytes: [[['x'], -1]] }),
  'bytes that belong nowhere': frame('{"type":"cancel","id":1}\n', Buffer.alloc(10)),
};

testWith(
  ['root'],
  'whatever breaks the rules of the channel ends the helper, and what runs in it',
  async () => {
    const directory = moduleOf(MODULE);
    for (const [name, bytes] of Object.entries(BROKEN)) {
      const helper = await new StartedHelper(directory).ready();
      helper.write(frame('{"type":"call","id":77,"name":"waits","args":{}}'));
      await helper.next('log', 'begun');
      helper.write(bytes);
      assert.equal(await helper.end(), { code: 76, signal: null }, name);
      assert.match(helper.stderr, "the service broke the channel's rules", name);
      assert.not.match(helper.stderr, '    at ', name);
      assert.not(
        helper.received.some((message) => 'id' in message && message.id === 1),
        name,
      );
    }
  },
);

testWith(
  ['root'],
  'a message that has begun when the service dies is not carried out',
  async () => {
    const directory = moduleOf(`
    export const echo = test.entrypoint({}, () => { console.log('ran'); });`);
    const whole = call({});
    for (const cut of [1, 7, 8, 9, whole.length - 1]) {
      const helper = await new StartedHelper(directory).ready();
      helper.socket.end(whole.subarray(0, cut));
      assert.equal(await helper.end(), { code: 76, signal: null });
      assert.not(JSON.stringify(helper.received).includes('ran'));
    }
  },
);

testWith(
  ['root'],
  'a number that is in use twice ends the helper; one that was in use is free again',
  async () => {
    const helper = await new StartedHelper(moduleOf(MODULE)).ready();
    for (let round = 0; round < 3; round++) {
      helper.received.length = 0;
      helper.send({ type: 'call', id: 5, name: 'echo', args: { x: round } });
      assert.is((await helper.answer(5)).type, 'result');
    }
    helper.send({ type: 'call', id: 6, name: 'waits', args: {} });
    helper.send({ type: 'call', id: 6, name: 'echo', args: {} });
    await helper.next('fatal', 'call 6 comes while another call of that number runs');
    assert.equal(await helper.end(), { code: 76, signal: null });
  },
);

testWith(['root'], 'a call before `ready` ends the helper', async () => {
  const helper = new StartedHelper(
    moduleOf(`await new Promise((done) => setTimeout(done, 60_000));`),
  );
  helper.send({ type: 'call', id: 1, name: 'echo', args: {} });
  await helper.next('fatal', 'before `ready`');
  assert.equal(await helper.end(), { code: 76, signal: null });
});

testWith(['root'], '100000 cancellations of calls that are not there change nothing', async () => {
  const helper = await new StartedHelper(moduleOf(MODULE)).ready();
  void helper.call('waits').catch(() => {});
  const cancel = (id: number) => frame(JSON.stringify({ type: 'cancel', id }));
  helper.write(Buffer.concat(Array.from({ length: 100_000 }, (_, n) => cancel(n + 10))));
  assert.is((await helper.call('echo')).type, 'result');
  assert.not(helper.received.some((message) => 'id' in message && message.id === 1));
  helper.write(Buffer.concat(Array.from({ length: 1000 }, () => cancel(1))));
  assert.is((await helper.answer(1)).type, 'error');
  assert.equal(await helper.hangUp(), { code: 0, signal: null });
});

testWith(['root'], 'a frame that comes a byte at a time is a frame', async () => {
  const helper = await new StartedHelper(moduleOf(MODULE)).ready();
  for (const byte of call({ args: { x: 42 } })) {
    helper.write(Buffer.of(byte));
    await new Promise(setImmediate);
  }
  const answer = await helper.answer(1);
  assert.is(answer.type === 'result' && answer.value, 42);
  assert.equal(await helper.hangUp(), { code: 0, signal: null });
});

testWith(['root'], 'a service that reads no answers is not read from', async () => {
  const helper = await new StartedHelper(
    moduleOf(`
      export const large = test.entrypoint({}, () => {
        process.stderr.write('ran\\n');
        return new Uint8Array(4_000_000);
      });`),
  ).ready();
  const ran = () => helper.stderr.split('ran').length - 1;
  helper.socket.pause();
  for (let id = 1; id <= 40; id++) {
    helper.send({ type: 'call', id, name: 'large', args: {} });
    if (id === 1) await until('the first runs', () => ran() === 1);
    await wait(5);
  }
  assert.ok(ran() < 5, `${ran()}`);
  helper.socket.resume();
  await helper.answer(40);
  assert.is(ran(), 40);
  assert.equal(await helper.hangUp(), { code: 0, signal: null });
});

testWith(['root'], 'calls at once have no more bytes than a bound, however many come', async () => {
  const helper = await new StartedHelper(
    moduleOf(`
      import { setTimeout as wait } from 'node:timers/promises';
      let [now, most] = [0, 0];
      let full;
      const isFull = new Promise((resolve) => (full = resolve));
      export const hold = test.entrypoint({ bytes: { type: 'bytes' } }, async ({ bytes }) => {
        now += bytes.length;
        most = Math.max(most, now);
        if (now >= ${MOST_BYTES_AT_ONCE}) full();
        await isFull;
        await wait(200); // for others to come
        now -= bytes.length;
      });
      export const told = test.entrypoint({}, () => most);`),
  ).ready();
  const bytes = Buffer.alloc(MOST_BYTES);
  const count = (2 * MOST_BYTES_AT_ONCE) / MOST_BYTES;
  const args = { bytes: null };
  for (let id = 1; id <= count; id++) {
    const places = [[['bytes'], bytes.length]];
    helper.send({ type: 'call', id, name: 'hold', args, bytes: places }, bytes);
  }
  await helper.answer(count);
  helper.send({ type: 'call', id: count + 1, name: 'told', args: {} });
  const answer = await helper.answer(count + 1);
  assert.is(answer.type === 'result' && answer.value, MOST_BYTES_AT_ONCE);
  assert.equal(await helper.hangUp(), { code: 0, signal: null });
});

testWith(['root'], 'what runs can end in order when the service breaks a rule', async () => {
  const helper = await new StartedHelper(
    moduleOf(`
      import { once } from 'node:events';
      import { setTimeout as wait } from 'node:timers/promises';
      export const waits = test.entrypoint({}, async (_, { signal, log }) => {
        await once(signal, 'abort');
        await wait(50);
        log.info('put in order');
      });`),
  ).ready();
  helper.send({ type: 'call', id: 1, name: 'waits', args: {} });
  helper.send({ type: 'call', id: 1, name: 'waits', args: {} });
  helper.send({ type: 'call', id: 2, name: 'waits', args: {} });
  await helper.next('fatal', 'another call of that number');
  const orders = helper.received.filter(({ type }) => type === 'log');
  assert.is(orders.length, 1, 'and what came after that is not heard');
  assert.equal(await helper.end(), { code: 76, signal: null });
});

testWith(
  ['root'],
  'a helper that reads no more calls lives, and ends with its service',
  async () => {
    const helper = await new StartedHelper(
      moduleOf(`
      export const waits = test.entrypoint({}, (_, { log }) => {
        log.info('begun');
        return new Promise(() => {});
      });`),
    ).ready();
    for (let id = 1; id <= MOST_CALLS + 1; id++) {
      helper.send({ type: 'call', id, name: 'waits', args: {} });
    }
    const begun = () => helper.received.filter(({ type }) => type === 'log').length;
    await until('all that may run do', () => begun() >= MOST_CALLS);
    await wait(100); // it would have nothing left to wait for
    assert.is(begun(), MOST_CALLS);
    const { code, signal } = await helper.hangUp();
    assert.ok(code === 70 || signal === 9); // by itself, or where the machine is slow by its watchdog
    assert.match(helper.stderr, /waits goes on 300 ms after it was cancelled|the service has gone/);
  },
);

test.after(endHelpers);

test.run();
