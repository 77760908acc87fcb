import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { posix } from '#src/posix/addon.js';
import { descriptorsOf, statusOf } from '../support/proc.js';
import { testWith } from '../support/requirements.js';
import { trace } from '../support/tracer.js';
import { ofKind, pause, script, start, streamed, until } from './runs.js';

test('what waits for a window when the process has ended is told of once', async () => {
  const { run, events, ended } = start(script('printf abc', { window: 1 }));
  await until(() => ofKind('unread', events).length === 1);
  posix.allow(run, 1);
  await until(() => streamed(1, events).length === 2);
  await pause(20);
  assert.is(ofKind('unread', events).length, 1);
  posix.allow(run, 1);
  assert.is((await ended).code, 0);
});

test('output that a window fits exactly needs no further one', async () => {
  const { events, ended } = start(script('printf abc; exit 3', { window: 3 }));
  assert.is((await ended).code, 3);
  assert.is(streamed(1, events).toString(), 'abc');
  assert.is((await start(script('exit 4', { window: 0 })).ended).code, 4);
});

testWith(
  ['root', 'python3'],
  'a process that is traced is not waited for all the time',
  async () => {
    const { run, events, ended } = start(script('read word', { feeding: true }));
    const letGo = await trace(run.pid);
    try {
      posix.feed(run, null);
      await until(() => ofKind('traced', events).length === 1);
      const { user } = process.cpuUsage();
      await pause(300);
      assert.is(ofKind('traced', events).length, 1, 'it asked again by itself');
      assert.ok(process.cpuUsage().user - user < 200_000, 'it spins');
      posix.abandon(run);
      await until(() => ofKind('traced', events).length === 2);
      posix.giveUp(run);
      assert.is((await ended).code, 255);
      assert.is(statusOf(run.pid)?.state, 'Z');
      assert.is(posix.givenUp(), 1);
      assert.not.ok(
        descriptorsOf(process.pid).some((name) => name.includes('pidfd')),
        'it holds a descriptor',
      );
    } finally {
      await letGo();
    }
    await until(() => posix.givenUp() === 0);
    assert.is(statusOf(run.pid), undefined);
  },
);

test.run();
