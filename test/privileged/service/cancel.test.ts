import { getEventListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { useInProcess } from '#src/privileged/testing.js';
import { refusal, rejection, withFake } from '../../support/fake-service.js';
import { patiently, until } from '../../support/patience.js';
import { isAlive } from '../../support/proc.js';
import { patientPrivileged } from '../in-process-functions.js';
import * as functions from './functions.js';

const { echo, pid } = functions;

test('a signal that is aborted already rejects with its reason, and starts no helper', async () => {
  await withFake(['--complain', 'started'], async ({ lines }) => {
    const reason = new Error('too late');
    const signal = AbortSignal.abort(reason);
    assert.is(await rejection(echo({ value: 1 }, { signal })), reason);
    assert.is(await rejection(echo({ value: new Map() }, { signal })), reason);
    assert.equal(lines, []);
  });
});

test('a call that is cancelled rejects with the reason when the function has ended', async () => {
  await withFake([], async () => {
    const controller = new AbortController();
    await functions.net.start();
    const call = rejection(functions.wait({}, { signal: controller.signal }));
    await echo({ value: 1 }); // the helper has the other one
    controller.abort('not needed');
    assert.is(await patiently('the end', call), 'not needed');
    assert.is(await echo({ value: 2 }), 2);
  });
});

test('a function that ends with a result though it is cancelled gives that result', async () => {
  await withFake([], async () => {
    const controller = new AbortController();
    await functions.net.start();
    const call = functions.finish({}, { signal: controller.signal });
    await echo({ value: 1 });
    controller.abort();
    assert.is(await patiently('the result', call), 'finished');
  });
});

test('a call that is cancelled before it is sent never is', async () => {
  await withFake([], async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const calls = [
      rejection(functions.die({}, { signal })), // waits for the helper to be ready
      rejection(functions.die({}, { signal })),
    ];
    await new Promise(setImmediate);
    controller.abort('changed my mind');
    assert.equal(await Promise.all(calls), ['changed my mind', 'changed my mind']);
    assert.is(await echo({ value: 1 }), 1);
  });
});

test('a call that waits for room is cancelled without being sent', async () => {
  await withFake([], async () => {
    await functions.gather({ count: 1 }); // its name is known from now on
    const many = Array.from({ length: 900 }, () => functions.gather({ count: 901 }));
    const controller = new AbortController();
    const more = new AbortController();
    const held = rejection(functions.wait({}, { signal: more.signal }));
    const dead = rejection(functions.die({}, { signal: controller.signal }));
    await new Promise(setImmediate);
    controller.abort('no');
    assert.is(await dead, 'no');
    more.abort('enough');
    assert.is(await held, 'enough');
    // none of the 900 has an answer, and the helper is there
    assert.is(
      await Promise.race([...many, new Promise((end) => setImmediate(end, 'open'))]),
      'open',
    );
    const ends = many.map((call) => refusal(call));
    await functions.net.stop();
    for (const { message } of await Promise.all(ends)) assert.match(message, 'was stopped');
  });
});

test('cancelling after the answer does nothing', async () => {
  await withFake([], async () => {
    const controller = new AbortController();
    const { signal } = controller;
    assert.is(await echo({ value: 1 }, { signal }), 1);
    controller.abort();
    assert.is(await echo({ value: 2 }), 2);
  });
});

test('a helper that neither answers nor ends after a cancellation is dropped, loudly', async () => {
  await withFake([], async ({ lines }) => {
    const controller = new AbortController();
    const helper = (await pid()) as number;
    const other = refusal(functions.wait());
    const call = refusal(functions.deaf({}, { signal: controller.signal }));
    await echo({ value: 1 });
    controller.abort();
    const { message } = await patiently('the refusal', call);
    assert.match(
      message,
      /neither answered nor ended \d+ ms after deaf was cancelled, so it was dropped/,
    );
    assert.is((await other).message, message);
    assert.is(lines.length, 1);
    await until('its end', () => !isAlive(helper)); // it saw the channel end
  });
});

test('a frozen helper is dropped and killed where it is this process that started it', async () => {
  await withFake([], async ({ lines }) => {
    const helper = (await pid()) as number;
    process.kill(helper, 'SIGSTOP');
    const controller = new AbortController();
    const call = refusal(echo({ value: 1 }, { signal: controller.signal }));
    await new Promise(setImmediate);
    controller.abort();
    assert.match((await patiently('the refusal', call)).message, 'so it was dropped');
    assert.is(lines.length, 1);
    await until('its end', () => !isAlive(helper));
  });
});

test('a signal that is none is a TypeError, in a promise that rejects', async () => {
  await withFake([], async () => {
    const call = echo({ value: 1 }, { signal: { aborted: false } as AbortSignal });
    const error = await rejection(call);
    assert.instance(error, TypeError);
    assert.is(await echo({ value: 1 }, null as never), 1);
  });
});

test('one signal may be that of any number of calls, and no longer than they take', async () => {
  const waiting = async (call: (signal: AbortSignal) => Promise<unknown>) => {
    const controller = new AbortController();
    const { signal } = controller;
    const reasons = Array.from({ length: 20 }, () => rejection(call(signal)));
    await until('calls that listen', () => getEventListeners(signal, 'abort').length > 0);
    await sleep(0); // Node warns of more than ten
    assert.is(getEventListeners(signal, 'abort').length, 1);
    controller.abort('enough');
    assert.equal(new Set(await Promise.all(reasons)), new Set(['enough']));
    assert.is(getEventListeners(signal, 'abort').length, 0);
  };
  await withFake([], () => waiting((signal) => functions.wait({}, { signal })));
  const restore = useInProcess();
  await waiting((signal) => patientPrivileged({}, { signal }));
  restore();
});

test.run();
