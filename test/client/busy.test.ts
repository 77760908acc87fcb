import { setTimeout as delay } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CommandStartError } from '#src/client/index.js';
import { fake, rejection } from './fake.js';

test('what a daemon declines that has lowered its limit is sent again, in its order', async () => {
  await using root = fake();
  await root.execute(['lower', '2']);
  const order: number[] = [];
  const calls = Array.from({ length: 30 }, async (_, i) => {
    const { stdout } = await root.execute(i < 2 ? ['sleep', '100'] : ['echo', `${i}`]);
    order.push(i < 2 ? i : Number(stdout));
  });
  await Promise.all(calls);
  assert.equal(
    order.filter((i) => i > 1),
    Array.from({ length: 28 }, (_, i) => i + 2),
  );
  const [reached, declined] = (await root.execute(['most'])).stdout.split(' ').map(Number);
  assert.is(reached, 2);
  assert.ok((declined ?? 0) <= 7); // those that were on their way, and no more
});

test('input that was fed to a command that is declined comes again', async () => {
  await using root = fake();
  await root.execute(['lower', '1']);
  const input = 'x'.repeat(300_000);
  const calls = [root.execute(['sleep', '50']), root.execute(['cat'], { input })] as const;
  assert.is((await Promise.all(calls))[1].stdout, input);
});

test('a daemon that declined is asked for more again later', async () => {
  await using root = fake();
  await root.execute(['lower', '1']);
  await Promise.all([root.execute(['sleep', '50']), root.execute(['echo'])]);
  await root.execute(['lower', '8']);
  await delay(1100);
  await root.execute(['echo']);
  await Promise.all([root.execute(['sleep', '100']), root.execute(['sleep', '100'])]);
  assert.match((await root.execute(['most'])).stdout, /^2 /);
});

test('a daemon that declines the only command is told', async () => {
  await using root = fake();
  await root.execute(['lower', '0']);
  const calls = ['a', 'b', 'c'].map((word) => {
    return rejection(root.execute(['echo', word]), CommandStartError);
  });
  for (const { reason } of await Promise.all(calls)) assert.is(reason, 'busy');
});

test('a call that was declined and is canceled meanwhile is over', async () => {
  await using root = fake();
  await root.execute(['lower', '1']);
  const controller = new AbortController();
  const { signal } = controller;
  const slow = root.execute(['sleep', '9999999'], { signal, reject: false });
  const cancelSignal = AbortSignal.timeout(100);
  const call = root.execute(['echo'], { cancelSignal, reject: false });
  assert.ok((await call).isCanceled); // though the other runs on
  controller.abort();
  await slow;
});

test.run();
