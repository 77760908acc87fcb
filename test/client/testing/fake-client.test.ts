import { buffer } from 'node:stream/consumers';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  CommandFailedError,
  CommandStartError,
  DaemonLostError,
  NotExecutableError,
  RefusedError,
  RootwrapClient,
} from '#src/client/index.js';
import { FakeRootwrapClient } from '#src/client/testing/index.js';
import { run } from '../../support/executable.js';
import { rejection } from '../fake.js';

test('a fake is a client, and its function answers with what was asked', async () => {
  await using root = new FakeRootwrapClient(async ({ argv, env, input }) => ({
    stdout: `${argv.join(' ')} ${JSON.stringify(env)} ${await input}`,
    stderr: 'warn\n',
  }));
  assert.instance(root, RootwrapClient);
  const { stdout, stderr } = await root.execute(['a', 'b'], { env: { C: 'd' }, input: 'in' });
  assert.equal([stdout, stderr], ['a b {"C":"d"} in', 'warn']);
  const large = 'x'.repeat(1_000_000);
  assert.ok((await root.execute(['a'], { input: large })).stdout.endsWith(large));
  assert.equal(
    root.calls.map(({ argv }) => argv),
    [['a', 'b'], ['a']],
  );
});

test('a fake refuses what its function gives nothing for, and fails as it is told', async () => {
  await using root = new FakeRootwrapClient(({ argv: [word] }) => {
    if (word === 'fails') return { exitCode: 3, stderr: 'why' };
    if (word === 'killed') return { signal: 'SIGSEGV' };
    if (word === 'busy' || word === 'lost' || word === 'not-executable') return word;
    if (word === 'throws') throw new Error('in the test');
    return undefined;
  });
  await rejection(root.execute(['rm']), RefusedError);
  assert.is((await rejection(root.execute(['fails']), CommandFailedError)).stderr, 'why');
  assert.is((await rejection(root.execute(['killed']), CommandFailedError)).signal, 'SIGSEGV');
  await rejection(root.execute(['not-executable']), NotExecutableError);
  assert.is((await rejection(root.execute(['busy']), CommandStartError)).reason, 'busy');
  assert.ok((await rejection(root.execute(['lost']), DaemonLostError)).mayHaveRun);
  const thrown = await rejection(root.execute(['throws']), CommandStartError);
  assert.match(thrown.message, /the fake's handler failed: in the test/);
  await rejection(root.execute(['rm']), RefusedError); // by another daemon
});

test('a fake streams, and keeps to windows, limits, timeouts and cancelling', async () => {
  let aborted = 0;
  await using root = new FakeRootwrapClient(async ({ argv: [word, count], signal }) => {
    if (word === 'output') return { stdout: Buffer.alloc(Number(count)) };
    signal.addEventListener('abort', () => aborted++);
    return new Promise(() => {});
  });
  const running = root.start(['output', '3000000']);
  assert.is(await running.pid, 4711);
  assert.is((await buffer(running.stdout)).length, 3_000_000);
  const call = root.execute(['output', '2000'], { maxBuffer: 1000 });
  const much = await rejection(call, CommandFailedError);
  assert.equal([much.isMaxBuffer, (much.stdout as string).length], [true, 1000]);
  const late = await rejection(root.execute(['hangs'], { timeout: 20 }), CommandFailedError);
  assert.ok(late.timedOut);
  const signal = AbortSignal.timeout(20);
  const canceled = await rejection(root.execute(['hangs'], { signal }), CommandFailedError);
  assert.ok(canceled.isCanceled);
  assert.is(aborted, 2);
  const killed = root.start(['hangs']);
  killed.kill('SIGUSR1');
  assert.is((await rejection(killed.result, CommandFailedError)).signal, 'SIGUSR1');
});

test('a fake that is not closed does not keep its process alive, and a call does', () => {
  const program = `
    import { FakeRootwrapClient } from '${import.meta.resolve('#src/client/testing/index.js')}';
    const root = new FakeRootwrapClient(async () => {
      await new Promise((resolve) => setTimeout(resolve, 100).unref());
      return { stdout: 'over' };
    });
    console.log((await root.execute(['x'])).stdout);`;
  const { status, stdout } = run(process.execPath, ['--input-type=module', '-e', program]);
  assert.equal([status, stdout], [0, 'over\n']);
});

test('a fake takes a function and nothing else', () => {
  assert.throws(() => new FakeRootwrapClient({} as never), /must be a function/);
});

test.run();
