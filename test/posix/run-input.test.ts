import { randomBytes } from 'node:crypto';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { posix } from '#src/posix/addon.js';
import { thrown } from './program.js';
import { command, ofKind, pause, script, start, until } from './runs.js';

const sumOfFed = (events: Parameters<typeof ofKind>[1]) =>
  ofKind('fed', events).reduce((sum, [, count]) => sum + count, 0);

test('standard input is /dev/null without input', async () => {
  const { stdout } = await start(script('readlink /proc/$$/fd/0; cat')).ended;
  assert.is(stdout?.toString(), '/dev/null\n');
});

test('an empty input is a pipe at its end', async () => {
  const { stdout } = await start(script('readlink /proc/$$/fd/0; cat', { input: Buffer.of() }))
    .ended;
  assert.match(stdout?.toString() ?? '', /^pipe:\[\d+\]\n$/);
});

test('an input larger than a pipe goes in and out whole', async () => {
  const input = randomBytes(5_000_000);
  const { events, ended } = start(command('/bin/cat', [], { input }));
  const { code, stdout } = await ended;
  assert.is(code, 0);
  assert.ok(stdout?.equals(input));
  assert.is(sumOfFed(events), input.length);
});

test('the input is copied, so that it may be changed at once', async () => {
  const input = Buffer.alloc(1_000_000, 'a');
  const { ended } = start(command('/bin/cat', [], { input }));
  input.fill('b');
  assert.ok((await ended).stdout?.every((byte) => byte === 0x61));
});

test('what is fed arrives in order, and all of it is told as fed', async () => {
  const all = randomBytes(5_000_000);
  const { run, events, ended } = start(
    command('/bin/cat', [], { input: all.subarray(0, 1_000_000), feeding: true }),
  );
  for (let at = 1_000_000; at < all.length; at += 250_000) {
    assert.ok(posix.feed(run, all.subarray(at, at + 250_000)));
  }
  posix.feed(run, null);
  const { stdout } = await ended;
  assert.ok(stdout?.equals(all));
  assert.is(sumOfFed(events), all.length);
});

test('a feeder that waits for each piece to be taken is told to go on', async () => {
  let rest = 200;
  const { run, events, ended } = start(
    command('/usr/bin/wc', ['-c'], { feeding: true }),
    ([kind], own) => {
      if (kind === 'fed') posix.feed(own, --rest > 0 ? Buffer.alloc(1000) : null);
    },
  );
  posix.feed(run, Buffer.alloc(1000));
  assert.is((await ended).stdout?.toString(), '200000\n');
  assert.is(ofKind('fed', events).length, 200);
});

test('input that the command does not read is not told as fed', async () => {
  const { run, events, ended } = start(command('/bin/sleep', ['60'], { feeding: true }));
  posix.feed(run, Buffer.alloc(1_000_000));
  await pause(50);
  assert.is(sumOfFed(events), 0);
  posix.signalRun(run, 9, false);
  await ended;
});

test('when the process has ended the rest of its input counts as fed', async () => {
  const { run, events, ended } = start(script('sleep 0.1', { feeding: true }));
  posix.feed(run, Buffer.alloc(1_000_000));
  await ended;
  assert.is(sumOfFed(events), 1_000_000);
  assert.is(events.at(-1)?.[0], 'ended');
  assert.is(posix.feed(run, Buffer.of(1)), false);
});

test('what a process left behind would still read counts as fed when the command has ended', async () => {
  const text = 'exec 3<&0; sleep 60 <&3 >&- 2>&- & sleep 0.1';
  const { run, events, ended } = start(script(text, { feeding: true }));
  posix.killGroupAtEnd(run); // only to leave nothing behind
  posix.feed(run, Buffer.alloc(1_000_000));
  await ended;
  assert.is(sumOfFed(events), 1_000_000);
  assert.is(events.at(-1)?.[0], 'ended');
});

test('a command that closes its input drops the rest, which counts as fed, and lives on', async () => {
  const { run, events, ended } = start(script('exec <&-; sleep 0.2; echo done', { feeding: true }));
  posix.feed(run, Buffer.alloc(1_000_000));
  await until(() => sumOfFed(events) === 1_000_000);
  assert.is(ofKind('ended', events).length, 0);
  assert.is(posix.feed(run, Buffer.of(1)), false);
  assert.is((await ended).stdout?.toString(), 'done\n');
  assert.is(sumOfFed(events), 1_000_000);
});

test('a command that reads only the start of a large input ends well', async () => {
  const input = Buffer.alloc(5_000_000, 'x');
  const { code, stdout } = await start(command('/usr/bin/head', ['-c', '3'], { input })).ended;
  assert.equal([code, stdout?.toString()], [0, 'xxx']);
});

test('input is over after null, and not before', async () => {
  const { run, events, ended } = start(command('/bin/cat', [], { feeding: true }));
  await pause(50);
  assert.is(events.length, 0);
  assert.ok(posix.feed(run, null));
  assert.is((await ended).code, 0);
  assert.is(posix.feed(run, null), false);
});

test('a run that is not feeding takes no more input', async () => {
  const { run, ended } = start(command('/bin/cat', [], { input: Buffer.alloc(1_000_000) }));
  assert.is(posix.feed(run, Buffer.from('more')), false);
  assert.is((await ended).stdout?.length, 1_000_000);
});

test('only bytes can be fed', async () => {
  const { run, ended } = start(command('/bin/cat', [], { feeding: true }));
  for (const wrong of ['text', 5, undefined, new Uint16Array(1), {}] as never[]) {
    assert.is(thrown(() => posix.feed(run, wrong)).code, 'EINVAL');
  }
  posix.feed(run, null);
  await ended;
});

test.run();
