import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type ClientOptions,
  DaemonStartError,
  type ExecuteOptions,
  RootwrapClient,
} from '#src/client/index.js';
import { fake, rejection } from './fake.js';

/** Started by nothing: what is wrong has to be told before that. */
const root = new RootwrapClient(['/nonexistent']);

function wrong(argv: unknown, options: unknown, kind: ErrorConstructor, message: RegExp): void {
  test(`told before anything is sent: ${message.source}`, async () => {
    const error = await rejection(root.execute(argv as [], options as ExecuteOptions), kind);
    assert.match(error.message, message);
    assert.throws(() => root.start(argv as [], options as ExecuteOptions), message);
  });
}

wrong([], {}, TypeError, /must be an array of words that is not empty/);
wrong('ip a', {}, TypeError, /must be an array of words/);
wrong(['a', 5], {}, TypeError, /word 1 of the command is number/);
wrong(['a\0b'], {}, TypeError, /word 0 of the command holds a NUL byte/);
wrong(['a', '\ud800'], {}, TypeError, /word 1 of the command holds half a surrogate pair/);
wrong(new Array(70_000).fill('a'), {}, RangeError, /70000 words/);
wrong(['a'], { env: { 'A=B': '' } }, TypeError, /"A=B" in `env` is no name/);
wrong(['a'], { env: { '': '' } }, TypeError, /"" in `env` is no name/);
wrong(['a'], { env: { A: 'b\0' } }, TypeError, /A in `env` holds a NUL byte/);
wrong(['a'], { env: { A: undefined } }, TypeError, /A in `env` is undefined/);
wrong(['a'], { timeout: -1 }, RangeError, /`timeout` is -1/);
wrong(['a'], { timeout: '5' }, TypeError, /`timeout` must be a number/);
wrong(['a'], { timeout: Number.NaN }, RangeError, /`timeout` is NaN/);
wrong(['a'], { timeout: 2 ** 31 }, RangeError, /`timeout` is 2147483648/);
wrong(['a'], { maxBuffer: 1.5 }, RangeError, /`maxBuffer` is 1.5/);
wrong(['a'], { forceKillAfterDelay: 3_600_001 }, RangeError, /`forceKillAfterDelay`/);
wrong(['a'], { forceKillAfterDelay: false }, TypeError, /the longest is 3600000/);
wrong(['a'], { env: ['A'] }, TypeError, /`env` must be an object/);
wrong(['a'], { env: 'A' }, TypeError, /`env` must be an object of variables/);
wrong(['a'], { killSignal: 'TERM' }, TypeError, /there is no signal TERM/);
wrong(['a'], { encoding: 'utf-9' }, TypeError, /`encoding` is utf-9; it must be one of utf8/);
const { signal } = new AbortController();
wrong(['a'], { signal, cancelSignal: signal }, TypeError, /are one option: give one of them/);
wrong(['a'], { signal: {} }, TypeError, /`signal` must be an AbortSignal/);
wrong(['a'], { cancelSignal: {} }, TypeError, /`cancelSignal` must be an AbortSignal/);
wrong(['a'], { input: 5 }, TypeError, /`input` must be/);
wrong(['a'], { stdin: 'x' }, TypeError, /there is no option `stdin`/);

test('a command that is no command is told at once', () => {
  assert.throws(() => new RootwrapClient([]), /command is empty/);
  assert.throws(() => new RootwrapClient(['']), /command is empty/);
  for (const daemon of ['a b', undefined, null, {}, { socketPath: '' }, { socketPath: 5 }]) {
    assert.throws(() => new RootwrapClient(daemon as []), /must be an array of words or/);
  }
  assert.throws(() => new RootwrapClient(['a', 5] as never), /word 1 of the daemon's command/);
  assert.throws(() => new RootwrapClient(['a\0']), /holds a NUL byte/);
});

for (const [options, message] of [
  [{ timeout: 5 }, /there is no option `timeout`/],
  [{ toString: 5 }, /there is no option `toString`/],
  [{ transport: 'tcp' }, /`transport` is tcp; it must be one of socket, stdio/],
  [{ startTimeout: Number.NaN }, /`startTimeout` is NaN/],
  [{ startTimeout: 0 }, /`startTimeout` is 0/],
  [{ startTimeout: Infinity }, /`startTimeout` is Infinity/],
  [{ startTimeout: '5' }, /`startTimeout` must be a number/],
  [{ env: 'A=b' }, /`env` must be an object/],
  [{ cwd: 5 }, /`cwd` must be/],
  [{ stderr: 'pipe' }, /`stderr` must be/],
] as const) {
  test(`a client is not made with ${JSON.stringify(options)}: ${message.source}`, () => {
    assert.throws(() => new RootwrapClient(['a'], options as ClientOptions), message);
  });
}

test('a function that gives no stream to a daemon is told', async () => {
  const failing = () => {
    throw new Error('no channel');
  };
  for (const connect of [failing, () => undefined as never]) {
    await using client = new RootwrapClient({ connect });
    const error = await rejection(client.execute(['a']), DaemonStartError);
    assert.match(error.message, /^no stream to the daemon: /);
  }
});

test('a command larger than the daemon takes is told, and harms no other', async () => {
  await using client = fake();
  const words = ['echo', 'x'.repeat(100_000)];
  const [large, small] = await Promise.allSettled([
    client.execute(words),
    client.execute(['echo', 'small']),
  ]);
  assert.is(large.status, 'rejected');
  assert.instance((large as PromiseRejectedResult).reason, RangeError);
  assert.match((large as PromiseRejectedResult).reason.message, /the daemon takes 100000/);
  assert.is(small.status, 'fulfilled');
  const running = client.start(words);
  await rejection(running.result, RangeError);
  await rejection(running.pid, RangeError);
});

test.run();
