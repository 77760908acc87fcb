import { type Channel, channel } from 'node:diagnostics_channel';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type CallEvent, CommandFailedError, RefusedError } from '#src/client/index.js';
import { type FakeAnswer, FakeRootwrapClient } from '#src/client/testing/index.js';
import { rejection } from './fake.js';
import { hello, hostile, message } from './peer.js';

const NAMES = ['start', 'error', 'end'] as const;

interface Heard {
  readonly name: string;
  readonly event: CallEvent;
  /** What it said then. */
  readonly said: CallEvent;
}

/** Listens to these channels; what was heard, until it is disposed of. */
function listen(names: readonly string[] = NAMES): { heard: Heard[] } & Disposable {
  const heard: Heard[] = [];
  const followed = names.map((name) => {
    const followedChannel: Channel = channel(`tsrootwrap.client.call.${name}`);
    const take = (event: unknown) => {
      heard.push({ name, event: event as CallEvent, said: { ...(event as CallEvent) } });
    };
    followedChannel.subscribe(take);
    return () => followedChannel.unsubscribe(take);
  });
  return {
    heard,
    [Symbol.dispose]() {
      for (const stop of followed) stop();
    },
  };
}

const client = (answer: FakeAnswer) => new FakeRootwrapClient(() => answer);

test('the start and the end of a call are published, as one object', async () => {
  await using root = client({ stdout: 'a' });
  using ears = listen();
  await root.execute(['cat', 'x'], { input: 'secret' });
  const [start, end, ...others] = ears.heard;
  assert.equal([start?.name, end?.name, others], ['start', 'end', []]);
  assert.equal(start?.said, { argv: ['cat', 'x'] });
  assert.is(start?.event, end?.event);
  const { durationMs = -1, ...rest } = end?.said ?? {};
  assert.ok(durationMs >= 0);
  assert.equal(rest, {
    argv: ['cat', 'x'],
    exitCode: 0,
    signal: undefined,
    timedOut: false,
    isCanceled: false,
    filter: undefined,
  });
});

test('a call that rejects publishes its error before its end', async () => {
  await using root = client({ exitCode: 3 });
  using ears = listen();
  const failed = await rejection(root.execute(['x']), CommandFailedError);
  assert.equal(
    ears.heard.map(({ name }) => name),
    NAMES,
  );
  assert.is(ears.heard[1]?.said.error, failed);
  assert.is(ears.heard[1]?.said.exitCode, 3);
  await root.execute(['x'], { reject: false });
  assert.is(ears.heard.at(-1)?.said.error, undefined);
  await using strict = client('refused');
  const { result } = strict.start(['x']);
  const refused = await rejection(result, RefusedError);
  assert.is(ears.heard.at(-1)?.said.error, refused);
  assert.is(ears.heard.length, 3 + 2 + 3);
});

for (const name of NAMES) {
  test(`whoever listens to ${name} alone is told`, async () => {
    await using root = client({ exitCode: 1 });
    using ears = listen([name]);
    await rejection(root.execute(['x']), CommandFailedError);
    assert.is(ears.heard.length, 1);
  });
}

test('nothing is published where nobody listens, nor for arguments that no daemon would take', async () => {
  await using root = client({});
  await root.execute(['x']);
  using ears = listen();
  await rejection(root.execute([]), TypeError);
  assert.equal(ears.heard, []);
});

test('a daemon is asked for the filter if it can tell, and somebody listens', async () => {
  for (const tellsFilter of [true, false]) {
    await using daemon = await hostile((peer, received) => {
      if (received.type === 'hello') peer.send(hello({ tellsFilter }));
      if (received.type !== 'run') return;
      const exit = { type: 'exit', id: received.id, code: 0, signal: null } as const;
      peer.send(
        message({
          ...exit,
          stdout: 0,
          stderr: 0,
          ...(received.tellFilter && { filter: 'the filter' }),
        }),
      );
    });
    await daemon.root.execute(['x']);
    using ears = listen();
    await daemon.root.execute(['x']);
    const asked = daemon.peers[0]?.runs.map(({ tellFilter }) => tellFilter);
    assert.equal(asked, [undefined, tellsFilter || undefined]);
    assert.is(ears.heard.at(-1)?.said.filter, tellsFilter ? 'the filter' : undefined);
  }
});

test('a listener that throws does not touch the call', async () => {
  await using root = client({ stdout: 'a' });
  const told: string[] = [];
  const take = (error: Error) => told.push(error.message);
  process.on('uncaughtException', take);
  const throws = () => {
    throw new Error('a listener');
  };
  channel('tsrootwrap.client.call.start').subscribe(throws);
  assert.is((await root.execute(['x'])).stdout, 'a');
  channel('tsrootwrap.client.call.start').unsubscribe(throws);
  process.off('uncaughtException', take);
  assert.equal(told, ['a listener']);
});

test.run();
