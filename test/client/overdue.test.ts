import { mock } from 'node:test';
import { setImmediate as immediate } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  ClientClosedError,
  CommandFailedError,
  DaemonLostError,
  ProtocolError,
} from '#src/client/index.js';
import { patiently, until } from '../support/patience.js';
import { rejection } from './fake.js';
import { message as encodeExit, exit, type Hostile, hello, hostile } from './peer.js';

/** A daemon that takes everything, and answers `well` only. */
function silent(): Promise<Hostile> {
  return hostile((peer, received) => {
    if (received.type === 'hello') peer.send(hello());
    if (received.type === 'run' && received.argv[0] === 'well') peer.send(exit(received.id));
  });
}

const arrival = ({ peers }: Hostile, word: string) =>
  until(`the arrival of ${word}`, () =>
    peers.some(({ runs }) => runs.some(({ argv }) => argv[0] === word)),
  );

for (const [what, options] of [
  ['a timeout', { timeout: 1000 }],
  ['a signal', { signal: true }],
] as const) {
  test(`a command that a daemon does not end after ${what} is given up, and the next goes elsewhere`, async () => {
    await using daemon = await silent();
    const { root, peers } = daemon;
    await root.execute(['well']);
    const controller = new AbortController();
    const given = 'signal' in options ? { signal: controller.signal } : options;
    mock.timers.enable({ apis: ['setTimeout'] });
    try {
      let over = false;
      const call = rejection(root.execute(['hang'], given), DaemonLostError);
      void call.then(() => {
        over = true;
      });
      const other = root.execute(['slow']);
      while (peers[0]?.runs.length !== 3) await immediate();
      controller.abort();
      mock.timers.tick(34_000);
      await immediate();
      assert.not(over);
      mock.timers.tick(2_000);
      const error = await call;
      assert.match(error.message, /did not end it in time/);
      assert.ok(error.mayHaveRun);
      mock.timers.reset();
      await patiently('another daemon', root.execute(['well']));
      assert.is(peers.length, 2);
      peers[0]?.send(exit(3), exit(2)); // late, and no breach
      await patiently('the other', other);
      await patiently('close', root.close());
    } finally {
      mock.timers.reset();
    }
  });
}

test('close with a timeout ends what runs, and the calls fail', async () => {
  await using daemon = await silent();
  const running = daemon.root.start(['stream'], { stdout: 'collect' });
  const call = rejection(daemon.root.execute(['hang']), ClientClosedError);
  await arrival(daemon, 'hang');
  const closing = daemon.root.close({ timeout: 60_000 });
  assert.is(daemon.root.close({ timeout: 20 }), closing); // the shorter one holds
  await patiently('close', closing);
  assert.is((await call).mayHaveRun, true);
  await rejection(running.result, ClientClosedError);
  const aborts = () => daemon.peers[0]?.received.filter(({ type }) => type === 'abort').length;
  await until('the daemon to be told', () => aborts() === 2);
});

test('close with a timeout gives up a daemon that hangs at its start', async () => {
  await using daemon = await hostile(() => {});
  const call = rejection(daemon.root.execute(['x']), ClientClosedError);
  await patiently('close', daemon.root.close({ timeout: 20 }));
  assert.is((await call).mayHaveRun, false);
});

test('close takes a number of milliseconds and nothing else', async () => {
  await using daemon = await silent();
  for (const options of [{ timeout: -1 }, { timeout: 1.5 }, { timeout: 2 ** 31 }]) {
    assert.throws(() => daemon.root.close(options), /`timeout` is/);
  }
  assert.throws(() => daemon.root.close({ timeout: '5' } as never), /must be a number/);
  assert.throws(() => daemon.root.close({ after: 5 } as never), /there is no option `after`/);
  assert.throws(() => daemon.root.close(5 as never), /takes an object/);
  await daemon.root.close({ timeout: undefined });
});

test('a stdin that is destroyed ends its command, with the reason', async () => {
  await using daemon = await hostile((peer, received) => {
    if (received.type === 'hello') peer.send(hello());
    if (received.type !== 'abort') return;
    const { id } = received;
    const ending = { code: null, signal: 'SIGTERM', stdout: 0, stderr: 0 } as const;
    peer.send(encodeExit({ type: 'exit', id, ...ending, aborted: true }));
  });
  const reason = new Error('no more');
  for (const error of [reason, undefined]) {
    const running = daemon.root.start(['cat'], { stdout: 'collect' });
    running.stdin.write('half');
    await arrival(daemon, 'cat');
    let confirmed = false;
    running.stdin.write(Buffer.alloc(200_000), () => {
      confirmed = true;
    });
    running.stdin.destroy(error);
    const failed = await patiently('it', rejection(running.result, CommandFailedError));
    assert.match(failed.message, error ? /input failed \(no more\)/ : /destroyed before its end/);
    if (error) assert.is(failed.cause, reason);
    assert.ok(confirmed); // whoever waits for the write is told
  }
  const types = daemon.peers[0]?.received.map(({ type }) => type) ?? [];
  assert.is(types.filter((type) => type === 'abort').length, 2);
  const ends = daemon.peers[0]?.received.filter((m) => m.type === 'stdin' && m.end);
  assert.is(ends?.length, 0); // half of an input is not taken for the whole
  const done = daemon.root.start(['x'], { stdout: 'collect' });
  done.stdin.end('whole', () => done.stdin.destroy());
  await until('the end', () =>
    (daemon.peers[0]?.received ?? []).some((m) => m.type === 'stdin' && m.end === true),
  );
  await daemon.root.close({ timeout: 0 });
  await rejection(done.result, ClientClosedError);
});

test('a ProtocolError of many calls has for each the line that called', async () => {
  await using daemon = await hostile((peer, { type }) => {
    peer.send(type === 'hello' ? hello() : Buffer.from('7fffffffffffffff', 'hex'));
  });
  const call = await rejection(daemon.root.execute(['x']), ProtocolError);
  assert.match(call.stack ?? '', /overdue\.test/);
  const running = daemon.root.start(['x']);
  const error = await rejection(running.result, ProtocolError);
  assert.match(
    error.stack ?? '',
    /^ProtocolError: the connection was closed[^\n]*\n {4}at .*overdue\.test/,
  );
});

test.run();
