import { once } from 'node:events';
import { buffer, text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CommandFailedError, DaemonLostError, RefusedError } from '#src/client/index.js';
import { fake, rejection } from './fake.js';

test('output streams, and the result has what was collected', async () => {
  await using root = fake();
  const running = root.start(['flood', '3000000']);
  assert.is(await running.pid, 4711);
  assert.is((await buffer(running.stdout)).length, 3_000_000);
  const { stdout, stderr, exitCode } = await running.result;
  assert.equal([stdout, stderr, exitCode], [undefined, '', 0]);
  assert.is(running.stderr, undefined);
});

test('a reader that is slow holds up the command and nobody else', async () => {
  await using root = fake();
  const running = root.start(['flood', '3000000']);
  await once(running.stdout, 'readable'); // begins to read
  await delay(100);
  assert.ok(running.stdout.readableLength < 1024 * 1024);
  let over = false;
  void running.result.then(() => {
    over = true;
  });
  assert.is((await root.execute(['echo', 'x'])).stdout, 'x');
  await delay(100);
  assert.not.ok(over);
  assert.is((await buffer(running.stdout)).length, 3_000_000);
  await running.result;
});

test('standard error that nobody reads does not hold up standard output', async () => {
  await using root = fake();
  const running = root.start(['flood', '900000', 'stderr']);
  assert.is(await text(running.stdout), 'out');
  assert.is((await running.result).stderr.length, 900_000);
  const ignoring = root.start(['flood', '5000000', 'stderr'], { stderr: 'ignore' });
  assert.is(await text(ignoring.stdout), 'out');
  assert.is((await ignoring.result).stderr, undefined);
});

test('standard error may be a stream, and standard output collected', async () => {
  await using root = fake();
  const running = root.start(['flood', '100', 'stderr'], { stderr: 'pipe', stdout: 'collect' });
  assert.is((await text(running.stderr)).length, 100);
  assert.is((await running.result).stdout, 'out');
});

test('a command whose collected output is too much is ended', async () => {
  await using root = fake();
  const running = root.start(['flood', '5000000', 'stderr'], { maxBuffer: 1000 });
  running.stdout.resume();
  const error = await rejection(running.result, CommandFailedError);
  assert.equal([error.isMaxBuffer, error.isCanceled], [true, false]);
  assert.is((error.stderr as string).length, 1000);
});

test('who stops reading does not stop the command', async () => {
  await using root = fake();
  const running = root.start(['flood', '5000000']);
  for await (const _ of running.stdout) break;
  assert.is((await running.result).exitCode, 0);
});

test('input is taken as fast as the command takes it', async () => {
  await using root = fake();
  const running = root.start(['cat'], { encoding: 'buffer' });
  const piece = Buffer.alloc(50_000, 'x');
  for (let i = 0; i < 10; i++) if (!running.stdin.write(piece)) await once(running.stdin, 'drain');
  running.stdin.end('the end');
  assert.is((await text(running.stdout)).length, 500_007);
});

test('a signal reaches the command', async () => {
  await using root = fake();
  const running = root.start(['sleep', '9999']);
  assert.throws(() => running.kill('SIGWHAT'), /there is no signal SIGWHAT/);
  assert.ok(running.kill('SIGUSR1')); // as soon as it is there
  running.stdout.resume();
  const error = await rejection(running.result, CommandFailedError);
  assert.is(error.signal, 'SIGUSR1');
  assert.not(running.kill());
});

test('a command that is disposed of has ended', async () => {
  await using root = fake();
  let result: Promise<unknown>;
  {
    await using running = root.start(['sleep', '9999'], { reject: false });
    await running.pid;
    result = running.result;
  }
  const { isCanceled, signal } = (await result) as { isCanceled: boolean; signal: string };
  assert.equal([isCanceled, signal], [true, 'SIGTERM']);
});

test('the readers are told when there is no result', async () => {
  await using root = fake();
  const lost = root.start(['sleep', '9999']);
  await lost.pid;
  const reading = text(lost.stdout);
  await rejection(root.execute(['die']), DaemonLostError);
  await rejection(reading, DaemonLostError);
  await rejection(lost.result, DaemonLostError);
  const refused = root.start(['refuse']); // nobody looks at it, and nothing comes of that
  await delay(50);
  await rejection(refused.pid, RefusedError);
});

test('output of a command that has no process is delivered like another', async () => {
  await using root = fake();
  const running = root.start(['exit', '1'], { reject: false });
  assert.is(await text(running.stdout), 'out\n');
  assert.is((await running.result).stderr, 'what is wrong');
});

test.run();
