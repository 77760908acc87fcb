import { closeSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { posix } from '#src/posix/addon.js';
import { FunctionError } from '#src/privileged/index.js';
import { ContextLog } from '#src/privileged/service/context-log.js';
import { HelperLink } from '#src/privileged/service/helper-link.js';
import { settled } from '#src/privileged/wire/answer.js';
import { MOST_UNREAD } from '#src/privileged/wire/channel.js';
import { takeApart } from '#src/privileged/wire/data.js';
import { frame } from '#src/wire/frames.js';
import { linesTo, refusal, rejection, withFake } from '../../support/fake-service.js';
import { patiently } from '../../support/patience.js';
import * as functions from './functions.js';

const { echo, given, gather, most, nothing, pid } = functions;

test('a call crosses with its arguments and bytes, and its result comes back', async () => {
  await withFake([], async () => {
    const value = { text: 'ä\u0000\n', list: [1, null, true], bytes: Uint8Array.of(0, 10, 255) };
    assert.equal(await echo({ value }), value);
    assert.is(await nothing(), undefined);
    assert.equal(await given({ value: undefined, other: 1 }), { other: 1 });
  });
});

test('concurrent first calls start one helper, by the words that the filter allows', async () => {
  await withFake([], async () => {
    const pids = await Promise.all(Array.from({ length: 20 }, () => pid()));
    assert.is(new Set(pids).size, 1);
    const config = '/etc/app/rootwrap.conf';
    const program = 'tsrootwrap-privileged';
    assert.equal(await functions.command(), [
      ...[config, program, '--config', config, '--context', 'net'],
    ]);
  });
});

test('64 calls in flight that are answered in reverse each get their own answer', async () => {
  await withFake([], async () => {
    const order: unknown[] = [];
    const calls = Array.from({ length: 64 }, async () => {
      const id = await gather({ count: 64 });
      order.push(id);
      return id;
    });
    const ids = (await patiently('answers', Promise.all(calls))) as number[];
    assert.equal(
      ids,
      [...ids].sort((a, b) => a - b),
    );
    assert.is(new Set(ids).size, 64);
    assert.equal(order, [...ids].reverse());
  });
});

test('a helper never has more than 900 calls at once; others wait and are answered too', async () => {
  await withFake([], async () => {
    await rejection(functions.wait({}, { signal: AbortSignal.timeout(1) })); // all names are known
    await echo({ value: 0 });
    const controller = new AbortController();
    const { signal } = controller;
    const first = Array.from({ length: 900 }, () => rejection(functions.wait({}, { signal })));
    const values = Array.from({ length: 500 }, (_, value) => value);
    const others = values.map((value) => echo({ value }));
    await new Promise(setImmediate);
    controller.abort('enough');
    const reasons = await patiently('the first', Promise.all(first));
    assert.ok(reasons.every((reason) => reason === 'enough'));
    assert.equal(await patiently('the others', Promise.all(others)), values);
    assert.is(await most(), 900);
  });
});

test('calls to a helper that does not read wait in order, and none is lost', async () => {
  await withFake([], async () => {
    const value = new Uint8Array(300_000).fill(7);
    const slow = functions.sleep({ milliseconds: 300 });
    const calls = Array.from({ length: 40 }, () => echo({ value }));
    await slow;
    for (const answer of await patiently('answers', Promise.all(calls))) {
      assert.equal(answer, value);
    }
  });
});

test('to a helper that does not read no more is written than one message beyond the limit', async () => {
  const [ours, its] = posix.socketPair();
  const socket = new Socket({ fd: ours, allowHalfOpen: true });
  const link = new HelperLink(
    functions.net.declaration,
    { input: socket, output: socket },
    new ContextLog('net', linesTo([])),
    30_000,
  );
  const ready = { type: 'ready', protocol: 1, context: 'net', functions: [] };
  writeSync(its, frame(JSON.stringify(ready)));
  await link.ready;
  const size = 300_000;
  const calls = Array.from({ length: 40 }, () =>
    refusal(link.call('x', takeApart(new Uint8Array(size)), undefined).then(settled)),
  );
  assert.ok(socket.writableLength <= MOST_UNREAD + 2 * size, `${socket.writableLength} bytes`);
  assert.ok(socket.writableLength >= MOST_UNREAD - size, `${socket.writableLength} bytes`);
  closeSync(its);
  await Promise.all(calls);
});

test('what the function threw comes back with its name, message, code and remote stack', async () => {
  await withFake([], async () => {
    const error = (await rejection(functions.fail())) as FunctionError;
    assert.instance(error, FunctionError);
    assert.is(error.name, 'RangeError');
    assert.is(error.message, 'what is wrong');
    assert.is(error.code, 'EWRONG');
    assert.is(error.remoteStack, 'at x');
    const refused = await refusal(functions.refuse(), 'ERR_PRIVILEGED_TIMEOUT');
    assert.is(refused.message, 'it took long');
  });
});

test('arguments that are no plain data reject, never throw, and never start a helper', async () => {
  await withFake(['--complain', 'started'], async ({ lines }) => {
    class Point {}
    const wrong = [new Map(), () => 1, 1n, Number.NaN, new Point(), new Date(), Symbol('x')];
    for (const value of wrong) {
      const { message } = await refusal(echo({ value }), 'ERR_PRIVILEGED_ARGUMENTS');
      assert.match(message, 'args.value');
    }
    const deep: unknown[] = [];
    deep.push(deep);
    await refusal(echo({ value: deep }), 'ERR_PRIVILEGED_ARGUMENTS');
    await refusal(echo({ value: 'x'.repeat(1024 * 1024) }), 'ERR_PRIVILEGED_ARGUMENTS');
    await refusal(
      echo({ value: new Uint8Array(16 * 1024 * 1024 + 1) }),
      'ERR_PRIVILEGED_ARGUMENTS',
    );
    await refusal(
      echo(JSON.parse('{ "__proto__": { "value": 1 } }') as object as Record<string, unknown>),
      'ERR_PRIVILEGED_ARGUMENTS',
    );
    assert.equal(lines, []);
  });
});

test('text that only JSON makes too long is refused too, and the helper goes on', async () => {
  await withFake([], async () => {
    const { message } = await refusal(
      echo({ value: '\u0000'.repeat(200_000) }),
      'ERR_PRIVILEGED_ARGUMENTS',
    );
    assert.match(message, 'the arguments of echo: larger than 1048576 bytes');
    assert.is(await echo({ value: 1 }), 1);
  });
});

test('arguments are taken when the call is made: changing them later changes nothing', async () => {
  await withFake([], async () => {
    const bytes = Uint8Array.of(1, 2, 3);
    const value = { list: [1], bytes };
    const call = echo({ value });
    value.list.push(2);
    bytes.fill(9);
    assert.equal(await call, { list: [1], bytes: Uint8Array.of(1, 2, 3) });
  });
});

test('a call that works says nothing to the logger, and none ever says an argument', async () => {
  await withFake([], async ({ lines }) => {
    await echo({ value: 'a secret' });
    assert.equal(lines, []);
    await Promise.all([
      rejection(echo({ value: new Map([['a secret', 'a secret']]) })),
      rejection(functions.wait({ value: 'a secret' }, { signal: AbortSignal.abort('x') })),
      rejection(functions.die({ value: 'a secret' })),
    ]);
    assert.is(lines.length, 1);
    assert.not.match(lines.join('\n'), 'secret');
  });
});

test.run();
