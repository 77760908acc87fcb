import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { posix, type RunEvent } from '#src/posix/addon.js';
import { thrown } from './program.js';
import { command, ofKind, pause, script, start, streamed, until } from './runs.js';

const sizeOfOutput = (events: RunEvent[]) =>
  ofKind('output', events).reduce((sum, [, , bytes]) => sum + bytes.length, 0);

test('with a window each piece comes at once, and none with the end', async () => {
  const text = 'echo one; read line; echo two; echo three >&2';
  const { run, events, ended } = start(script(text, { window: 100, feeding: true }));
  await until(() => events.length === 1);
  assert.is(streamed(1, events).toString(), 'one\n');
  posix.feed(run, Buffer.from('\n'));
  const { stdout, stderr } = await ended;
  assert.equal([stdout, stderr], [undefined, undefined]);
  assert.is(streamed(1, events).toString(), 'one\ntwo\n');
  assert.is(streamed(2, events).toString(), 'three\n');
});

test('nothing beyond the window comes until more is allowed, and all of it in the end', async () => {
  const { run, events, ended } = start(
    command('/usr/bin/head', ['-c', '1000000', '/dev/zero'], { window: 1000 }),
  );
  await pause(50);
  assert.is(sizeOfOutput(events), 1000);
  posix.allow(run, 100_000);
  await until(() => sizeOfOutput(events) === 101_000);
  await pause(50);
  assert.is(sizeOfOutput(events), 101_000);
  posix.allow(run, 2 ** 53 - 1);
  assert.is((await ended).code, 0);
  assert.is(sizeOfOutput(events), 1_000_000);
});

test('one window is for both outputs', async () => {
  const { run, events, ended } = start(script('printf 1234; printf abcd >&2', { window: 6 }));
  await until(() => sizeOfOutput(events) === 6);
  await pause(50);
  assert.is(sizeOfOutput(events), 6);
  posix.allow(run, 100);
  await ended;
  assert.is(streamed(1, events).toString(), '1234');
  assert.is(streamed(2, events).toString(), 'abcd');
});

test('without a window to begin with nothing is read', async () => {
  const { run, events, ended } = start(command('/bin/echo', ['x'], { window: 0 }));
  await until(() => events.length === 1);
  await pause(20);
  assert.equal(events, [['unread']]);
  posix.allow(run, 0);
  posix.allow(run, 10);
  await ended;
  assert.is(streamed(1, events).toString(), 'x\n');
});

test('another holder of the output is told of though the window is used up', async () => {
  const { run, events, ended } = start(script('sleep 60 & printf 1234', { window: 4 }));
  await until(() => ofKind('exited', events).length === 1);
  assert.is(ofKind('unread', events).length, 0);
  posix.killGroupAtEnd(run); // only to leave nothing behind
  posix.abandon(run);
  assert.is((await ended).code, 0);
});

test('abandoned with its window used up, a run ends with its process', async () => {
  const { run, events, ended } = start(script('printf 12345', { window: 4 }));
  await until(() => ofKind('output', events).length === 1);
  posix.abandon(run);
  assert.is((await ended).code, 0);
  assert.is(sizeOfOutput(events), 4);
});

test('a listener that grants as it reads gets everything', async () => {
  const { events, ended } = start(
    command('/usr/bin/head', ['-c', '3000000', '/dev/zero'], { window: 5000 }),
    (event, run) => {
      if (event[0] === 'output') posix.allow(run, event[2].length);
    },
  );
  await ended;
  assert.is(sizeOfOutput(events), 3_000_000);
  assert.ok(ofKind('output', events).every(([, , bytes]) => bytes.length <= 5000));
});

test('a listener may abandon the run amid its output', async () => {
  const { events, ended } = start(
    command('/usr/bin/yes', [], { window: 2 ** 53 - 1 }),
    ([kind], run) => kind === 'output' && posix.abandon(run),
  );
  assert.is((await ended).signal, 13);
  assert.is(ofKind('output', events).length, 1);
});

test('a command that floods one run lets the others on', async () => {
  const flood = start(script('yes', { window: 2 ** 53 - 1 }));
  for (let n = 0; n < 20; n++) await start(command('/bin/true', [])).ended;
  await pause(10); // a timer of the same loop
  posix.signalRun(flood.run, 9, true);
  assert.is((await flood.ended).signal, 9);
});

test('less than nothing cannot be allowed, and a run that is over ignores it', async () => {
  const { run, ended } = start(command('/bin/true', []));
  assert.is(thrown(() => posix.allow(run, -1)).code, 'EINVAL');
  await ended;
  posix.allow(run, 1);
  posix.abandon(run);
});

test.run();
