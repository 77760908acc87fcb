import { Readable } from 'node:stream';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  CommandFailedError,
  CommandStartError,
  NotExecutableError,
  RefusedError,
} from '#src/client/index.js';
import { fake, rejection, TRANSPORTS } from './fake.js';

for (const transport of TRANSPORTS) {
  const how = transport[0] ?? 'socket';

  test(`a command's result is execa's (${how})`, async () => {
    await using root = fake(transport);
    const { durationMs, ...result } = await root.execute(['echo', 'a b', 'c']);
    assert.ok(durationMs > 0 && durationMs < 10_000);
    assert.equal(result, {
      command: "echo 'a b' c",
      argv: ['echo', 'a b', 'c'],
      exitCode: 0,
      signal: undefined,
      failed: false,
      timedOut: false,
      isCanceled: false,
      isMaxBuffer: false,
      isTerminated: false,
      stdout: 'a b c',
      stderr: '',
      heldOpen: false,
    });
  });

  test(`hundreds of calls at once share one daemon, which is never asked for too much (${how})`, async () => {
    await using root = fake(transport); // ends itself when more than 8 run at once
    const calls = Array.from({ length: 200 }, (_, i) => root.execute(['echo', `${i}`]));
    const results = await Promise.all(calls);
    assert.equal(
      results.map(({ stdout }) => stdout),
      results.map((_, i) => `${i}`),
    );
  });
}

test('a slow command holds up no other', async () => {
  await using root = fake();
  const controller = new AbortController();
  const { signal } = controller;
  const slow = root.execute(['sleep', '9999999'], { signal, reject: false });
  await root.execute(['echo']); // would not come back if it waited for the other
  controller.abort();
  assert.ok((await slow).isCanceled);
});

test('calls wait in their order when the daemon has enough to do', async () => {
  await using root = fake();
  const order: string[] = [];
  const call = (words: string[], name: string) => root.execute(words).then(() => order.push(name));
  await Promise.all([
    ...Array.from({ length: 8 }, () => call(['sleep', '100'], 'slow')),
    ...['a', 'b', 'c'].map((name) => call(['echo', name], name)),
  ]);
  assert.equal(order.filter((name) => name !== 'slow').join(''), 'abc');
});

test('options go to the daemon under its own names', async () => {
  await using root = fake();
  const { stdout } = await root.execute(['limits'], {
    timeout: 1500,
    maxBuffer: 5000,
    env: { A: 'b' },
    killSignal: 2,
    forceKillAfterDelay: 0,
  });
  assert.equal(JSON.parse(stdout), {
    type: 'run',
    argv: ['limits'],
    environment: { A: 'b' },
    timeout: 1500,
    maxOutput: 5000,
    killSignal: 'SIGINT',
    killAfter: 0,
    id: 1,
  });
  const plain = await root.execute(['limits'], { timeout: 0, maxBuffer: Infinity });
  assert.equal(JSON.parse(plain.stdout), { type: 'run', argv: ['limits'], id: 2 });
  const large = await root.execute(['limits'], { maxBuffer: 10_000_000 });
  assert.is(JSON.parse(large.stdout).maxOutput, 1_000_000);
});

test('output comes in the form that was asked for', async () => {
  await using root = fake();
  const words = ['echo', 'é\nb\r\n'];
  assert.is((await root.execute(words)).stdout, 'é\nb\r\n');
  assert.is((await root.execute(words, { stripFinalNewline: false })).stdout, 'é\nb\r\n\n');
  assert.equal((await root.execute(words, { lines: true })).stdout, ['é', 'b', '']);
  assert.equal((await root.execute(['exit', '0'], { lines: true })).stdout, ['out']);
  assert.equal((await root.execute(words, { lines: true, stripFinalNewline: false })).stdout, [
    'é\n',
    'b\r\n',
    '\n',
  ]);
  assert.equal((await root.execute(words, { lines: true })).stderr, []);
  const bytes = (await root.execute(['echo', 'é'], { encoding: 'buffer' })).stdout;
  assert.equal([...bytes], [0xc3, 0xa9]);
  assert.is(bytes.constructor, Uint8Array);
  assert.is(bytes.buffer.byteLength, 2); // nobody else's memory
  assert.is((await root.execute(['echo', 'é'], { encoding: 'hex' })).stdout, 'c3a9');
  assert.is((await root.execute(['echo', 'é'], { encoding: 'latin1' })).stdout, 'Ã©');
  assert.is((await root.execute(['echo', 'é'], { encoding: 'base64' })).stdout, 'w6k=');
});

test('input may be text, bytes or a stream, of any size', async () => {
  await using root = fake();
  assert.is((await root.execute(['cat'], { input: 'é' })).stdout, 'é');
  assert.is((await root.execute(['cat'], { input: Buffer.from('abc') })).stdout, 'abc');
  assert.is((await root.execute(['cat'])).stdout, '');
  const large = 'x'.repeat(900_000); // more than the daemon's frame and its window
  assert.is((await root.execute(['cat'], { input: large })).stdout, large);
  assert.is((await root.execute(['cat'], { input: Buffer.from(large) })).stdout, large);
  const chunks = Array.from({ length: 300 }, (_, i) => `${i},`);
  const streamed = await root.execute(['cat'], { input: Readable.from(chunks) });
  assert.is(streamed.stdout, chunks.join(''));
  assert.is((await root.execute(['cat'], { input: Readable.from([]) })).stdout, '');
});

test('a stream of input that fails ends the command', async () => {
  await using root = fake();
  await root.execute(['echo']); // it takes a moment to start
  const input = new Readable({ read() {} });
  input.push('some');
  setTimeout(() => input.destroy(new Error('no more')), 50);
  const error = await rejection(root.execute(['cat'], { input }), CommandFailedError);
  assert.match(error.message, /its input failed \(no more\)/);
  assert.is((error.cause as Error).message, 'no more');
});

test('a command that fails is an error with its result, and says what the command said', async () => {
  await using root = fake();
  const call = root.execute(['exit', '3']);
  const error = await rejection(call, CommandFailedError);
  assert.is(error.shortMessage, 'Command failed with exit code 3: exit 3');
  assert.is(error.message, 'Command failed with exit code 3: exit 3\nwhat is wrong');
  assert.equal([error.exitCode, error.failed, error.stdout], [3, true, 'out']);
  assert.equal([error.code, error.mayHaveRun], ['ERR_COMMAND_FAILED', true]);
  assert.match(error.stack ?? '', /execute\.test/); // where the call is
  const odd = await rejection(root.execute(['exit', '3', 'a\u001b[2Jb']), CommandFailedError);
  assert.match(odd.message, /\na\\x1b\[2Jb$/);
  assert.is(odd.stderr, 'a\u001b[2Jb');
  const killed = await rejection(root.execute(['signal', 'SIGSEGV']), CommandFailedError);
  assert.equal([killed.signal, killed.isTerminated, killed.exitCode], ['SIGSEGV', true, undefined]);
  assert.match(killed.message, /was killed by SIGSEGV: signal SIGSEGV/);
});

test('with reject false it is a result', async () => {
  await using root = fake();
  const { failed, exitCode, stderr } = await root.execute(['exit', '3'], { reject: false });
  assert.equal([failed, exitCode, stderr], [true, 3, 'what is wrong']);
});

test('a refusal is told by class and code, and says what to do', async () => {
  await using root = fake();
  const refused = await rejection(root.execute(['refuse'], { reject: false }), RefusedError);
  assert.equal([refused.code, refused.reason], ['ERR_REFUSED', 'unauthorized']);
  assert.is(refused.mayHaveRun, false);
  assert.match(refused.message, /^Unauthorized command.*allow it in a filter file/);
  assert.is(refused.misses, undefined);
  const explained = await rejection(root.execute(['refuse', 'why']), RefusedError);
  assert.equal(explained.misses, [{ filter: 'ip', reason: 'does not match', word: 'a\u001b' }]);
  assert.match(explained.message, /the filters said:\n {2}ip: \$'a\\x1b' does not match/);
  const absent = await rejection(root.execute(['absent']), NotExecutableError);
  assert.is(absent.code, 'ERR_NOT_EXECUTABLE');
  assert.match(absent.message, /install the program/);
  const busy = await rejection(root.execute(['busy']), CommandStartError);
  assert.equal([busy.code, busy.reason], ['ERR_COMMAND_START', 'busy']);
  assert.match(busy.message, /try again when one has ended/);
});

test('a call canceled before is not sent', async () => {
  await using root = fake();
  const cancelSignal = AbortSignal.abort();
  const error = await rejection(root.execute(['die'], { cancelSignal }), CommandFailedError);
  assert.equal([error.isCanceled, error.exitCode, error.signal], [true, undefined, undefined]);
  assert.match(error.message, /canceled before it was sent/);
  assert.is(error.mayHaveRun, false);
  const { stdout } = await root.execute(['limits']);
  assert.is(JSON.parse(stdout).id, 1);
});

test('a call canceled while it waits for its turn is not sent', async () => {
  await using root = fake();
  await root.execute(['echo']); // it takes a moment to start
  const slow = Array.from({ length: 8 }, () => root.execute(['sleep', '200']));
  const controller = new AbortController();
  const waiting = root.execute(['die'], { cancelSignal: controller.signal, reject: false });
  setTimeout(() => controller.abort(), 100);
  assert.ok((await waiting).isCanceled);
  await Promise.all(slow);
});

test('a call canceled later is over when the command is', async () => {
  await using root = fake();
  await root.execute(['echo']); // it takes a moment to start
  const controller = new AbortController();
  const { signal: cancelSignal } = controller;
  setTimeout(() => controller.abort(), 100);
  const error = await rejection(
    root.execute(['sleep', '9999'], { cancelSignal }),
    CommandFailedError,
  );
  assert.equal([error.isCanceled, error.signal, error.isTerminated], [true, 'SIGTERM', true]);
  assert.match(error.message, /canceled and ended/);
});

test.run();
