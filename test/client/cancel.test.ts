import { getEventListeners } from 'node:events';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CommandFailedError } from '#src/client/index.js';
import { fake, rejection } from './fake.js';

test('many calls with one signal are no reason for a warning, and leave nothing behind', async () => {
  await using root = fake();
  const warnings: string[] = [];
  const take = (warning: Error) => warnings.push(warning.name);
  process.on('warning', take);
  const { signal: cancelSignal } = new AbortController();
  const calls = Array.from({ length: 30 }, () => root.execute(['echo'], { cancelSignal }));
  assert.is(getEventListeners(cancelSignal, 'abort').length, 1);
  await Promise.all(calls);
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', take);
  assert.equal(warnings, []);
  assert.is(getEventListeners(cancelSignal, 'abort').length, 0);
  await root.execute(['echo'], { cancelSignal }); // and may be used again
  assert.is(getEventListeners(cancelSignal, 'abort').length, 0);
});

test('one signal ends all its calls, and its reason is the cause of their errors', async () => {
  await using root = fake();
  await root.execute(['echo']); // it takes a moment to start
  const controller = new AbortController();
  const { signal: cancelSignal } = controller;
  const calls = Array.from({ length: 12 }, () => {
    return rejection(root.execute(['sleep', '9999'], { cancelSignal }), CommandFailedError);
  });
  const reason = new Error('the reason');
  setTimeout(() => controller.abort(reason), 50);
  for (const error of await Promise.all(calls)) {
    assert.ok(error.isCanceled);
    assert.is(error.cause, reason);
    assert.match(error.message, /^Command canceled/);
  }
  const failed = await rejection(root.execute(['exit', '3']), CommandFailedError);
  assert.not('cause' in failed);
});

test.run();
