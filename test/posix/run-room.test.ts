import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { posix } from '#src/posix/addon.js';
import { command, ofKind, pause, script, start, until } from './runs.js';

const ZEROS = ['-c', '1000000', '/dev/zero'];

test('output beyond its first room is told as full, and kept as far as it is allowed', async () => {
  const options = { firstOutput: 1000, mostOutput: 2_000_000 };
  const { events, ended } = start(command('/usr/bin/head', ZEROS, options), (event, own) => {
    if (event[0] === 'full') posix.allow(own, 100_000);
  });
  const { code, stdout } = await ended;
  assert.equal([code, stdout?.length], [0, 1_000_000]);
  const full = ofKind('full', events);
  assert.equal(full[0], ['full', 1000, 1_999_000]);
  assert.equal(full[1], ['full', 101_000, 1_899_000]);
  assert.is(full.length, 10);
});

test('output that fits its room exactly asks for no more', async () => {
  const { events, ended } = start(script('printf 12345; sleep 0.1', { firstOutput: 5 }));
  assert.is((await ended).stdout?.toString(), '12345');
  assert.equal(ofKind('full', events), []);
});

test('without room the command waits, is told once, and goes on when there is some', async () => {
  const { run, events, ended } = start(command('/usr/bin/head', ZEROS, { firstOutput: 0 }));
  await until(() => ofKind('full', events).length > 0);
  await pause(100);
  assert.equal(events, [['full', 0, 1 << 30]]);
  posix.allow(run, 1_000_000);
  assert.is((await ended).stdout?.length, 1_000_000);
});

test('a command that has ended keeps its output until there is room, or nobody wants it', async () => {
  for (const wanted of [true, false]) {
    const { run, events, ended } = start(script('printf 1234567890', { firstOutput: 4 }));
    await until(() => ofKind('full', events).length > 0);
    await pause(50);
    if (wanted) posix.allow(run, 100);
    else posix.abandon(run);
    assert.is((await ended).stdout?.toString(), wanted ? '1234567890' : '1234');
  }
});

test('room above the most that is kept changes nothing', async () => {
  const options = { firstOutput: 10_000, mostOutput: 10 };
  const other = start(script('printf 12345678901; exit 0', options));
  assert.is((await other.ended).stdout?.toString(), '1234567890');
  assert.is(ofKind('overflow', other.events).length, 1);
});

test('discarded output is counted and not kept, and the command does not notice', async () => {
  const { run, events, ended } = start(command('/usr/bin/head', ZEROS, { firstOutput: 0 }));
  await until(() => ofKind('full', events).length > 0);
  posix.discard(run);
  const { code, stdout } = await ended;
  assert.equal([code, stdout], [0, undefined]);
  const much = start(script('yes', { firstOutput: 100, mostOutput: 1_000_000 }));
  posix.discard(much.run);
  await much.ended;
  assert.is(ofKind('overflow', much.events).length, 1);
});

test('input that the pipe does not take at once is counted, and told as it goes', async () => {
  const input = Buffer.alloc(200_000);
  const { run, events, ended } = start(command('/bin/cat', [], { input }));
  assert.ok((run.queued ?? 0) >= 100_000, String(run.queued));
  await ended;
  const fed = ofKind('fed', events).reduce((sum, [, count]) => sum + count, 0);
  assert.is(fed, input.length);
  const short = start(command('/bin/cat', [], { input: Buffer.from('short') }));
  assert.is(short.run.queued, undefined);
  await short.ended;
  assert.is(short.events.length, 1);
});

test('free empties all views of its memory', () => {
  const bytes = Buffer.allocUnsafeSlow(1_000_000);
  const view = bytes.subarray(10, 20);
  posix.free(bytes);
  assert.equal([bytes.length, view.length], [0, 0]);
  posix.free(bytes);
});

test.run();
