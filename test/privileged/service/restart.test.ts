import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { HelperEnd } from '#src/privileged/index.js';
import { checkOptions } from '#src/privileged/service/settings.js';
import { refusal, withFake } from '../../support/fake-service.js';
import { until } from '../../support/patience.js';
import { die, echo, net, pid, wait } from './functions.js';

const RESTART = { restart: 'on-next-call' } as const;

/** What a call gives as soon as it gives something. */
async function eventually(call: () => Promise<unknown>): Promise<unknown> {
  let value: unknown;
  await until('a call that is answered', async () => {
    value = await call().catch(() => undefined);
    return value !== undefined;
  });
  return value;
}

test('a call starts another helper where that is asked for, and what was in flight is lost', async () => {
  const ends: HelperEnd[] = [];
  const onHelperEnd = (end: HelperEnd) => void ends.push(end);
  await withFake(
    [],
    async () => {
      const former = await pid();
      const inFlight = refusal(wait());
      const { message } = await refusal(die());
      assert.is((await inFlight).message, message);
      const next = await eventually(pid);
      assert.is.not(next, former);
      assert.equal(
        ends.map(({ context, error }) => [context, error.message]),
        [['net', message]],
      );
    },
    { ...RESTART, onHelperEnd },
  );
});

test('a helper that is stopped is no end to tell, and no call starts another', async () => {
  const ends: HelperEnd[] = [];
  await withFake(
    [],
    async () => {
      await net.start();
      await net.stop();
      await refusal(echo({ value: 1 }));
      assert.equal(ends, []);
      await net.start();
      assert.is(await echo({ value: 1 }), 1);
    },
    { ...RESTART, onHelperEnd: (end) => void ends.push(end) },
  );
});

test('calls of a helper that never gets ready are no storm of processes', async () => {
  let ends = 0;
  const begun = performance.now();
  await withFake(
    [],
    async () => {
      for (let call = 0; call < 300; call++) await refusal(echo({ value: 1 }));
      assert.ok(ends >= 1);
      const seconds = (performance.now() - begun) / 1000;
      assert.ok(ends <= 1 + seconds, `${ends} starts in ${seconds} s`);
    },
    { ...RESTART, command: ['/bin/false'], onHelperEnd: () => void ends++ },
  );
});

test('a listener that throws breaks nothing, and is told of', async () => {
  const onHelperEnd = () => {
    throw new Error('no metrics');
  };
  await withFake(
    [],
    async ({ lines }) => {
      await net.start();
      await refusal(die());
      assert.ok(lines.includes('error net: onHelperEnd threw: no metrics'), lines.join('\n'));
      await net.start();
      assert.is(await echo({ value: 1 }), 1);
    },
    { onHelperEnd },
  );
});

test('another word for `restart`, and an `onHelperEnd` that is no function, are refused', () => {
  for (const restart of ['always', true, null]) {
    assert.throws(() => checkOptions({ restart }), "`restart` is 'never' or 'on-next-call'");
  }
  assert.throws(() => checkOptions({ onHelperEnd: 1 }), '`onHelperEnd` is a function');
});

test.run();
