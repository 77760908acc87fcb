import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { useInProcess } from '#src/privileged/testing.js';
import { refusal, rejection, withFake } from '../support/fake-service.js';
import { failPrivileged, unit } from './in-process-functions.js';
import { die, echo, fail, net, refuse } from './service/functions.js';

type Called = () => Promise<unknown>;

/** The service's own function that makes the call and waits for it: its line is looked for. */
async function theServicesOwn(call: Called): Promise<unknown> {
  return await call();
}

async function stackOf(call: Called): Promise<string> {
  const error = await rejection(theServicesOwn(call));
  return (error as Error).stack ?? '';
}

async function namesItsCaller(call: Called): Promise<void> {
  const stack = await stackOf(call);
  assert.match(stack, /^ +at (?:async )?theServicesOwn \(.*stacks\.test\./m);
}

test('what a call to a helper rejects with has the caller’s line in its stack', async () => {
  await withFake([], async () => {
    await echo();
    await namesItsCaller(fail);
    await namesItsCaller(refuse);
    await namesItsCaller(() => echo({ a: new Date() }));
    await namesItsCaller(die);
    await namesItsCaller(echo); // of a helper that is gone
    await net.stop();
    await namesItsCaller(echo);
  });
});

test('so has what start() and a first call reject with when no helper starts', async () => {
  await withFake(['ends'], async () => {
    await namesItsCaller(echo);
    await namesItsCaller(() => net.start());
  });
});

test('calls that fail for one reason have an error each', async () => {
  await withFake([], async () => {
    await echo();
    const [one, other] = await Promise.all([refusal(die()), refusal(echo().then(() => die()))]);
    assert.is.not(one, other);
    assert.match(other.message, /is gone/);
  });
});

test('in process the same', async () => {
  const restore = useInProcess();
  try {
    await namesItsCaller(failPrivileged);
    await namesItsCaller(() => failPrivileged(new Date() as never));
    await unit.stop();
  } finally {
    restore();
  }
});

test.run();
