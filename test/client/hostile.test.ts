import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CommandFailedError, DaemonLostError, ProtocolError } from '#src/client/index.js';
import { frame } from '#src/wire/frames.js';
import { patiently, until } from '../support/patience.js';
import { rejection } from './fake.js';
import { exit, hello, hostile, message } from './peer.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
const ABSURD = Buffer.from('7fffffffffffffff', 'hex');

test('a daemon that breaks the protocol in one piece with its hello fails the call, and close ends', async () => {
  await using daemon = await hostile((peer) => peer.send(hello(), ABSURD));
  const { root, peers } = daemon;
  for (let i = 0; i < 2; i++) {
    const call = rejection(root.execute(['x']), ProtocolError);
    const error = await patiently('the end of the call', call);
    assert.match(error.message, /a frame of 9223372036854775807 bytes/);
    assert.is(error.mayHaveRun, false);
  }
  assert.ok(peers.length <= 4, `${peers.length} connections`);
  await patiently('close', root.close());
});

test('daemons that take leave with their hello are started ever more slowly, and calls fail', async () => {
  const farewell = message({ type: 'goodbye', last: 0 });
  await using daemon = await hostile((peer) => peer.send(hello(), farewell));
  const { root, peers } = daemon;
  const error = await patiently('the call', rejection(root.execute(['x']), DaemonLostError));
  assert.is(error.mayHaveRun, false);
  assert.is(peers.length, 3);
  const begun = performance.now();
  let calls = 0;
  while (performance.now() - begun < 1500) {
    await patiently('a call', rejection(root.execute(['x']), DaemonLostError));
    calls++;
  }
  // each waits twice as long as the one before: 200, 400, 800, 1600 ms
  assert.ok(calls <= 5, `${calls} calls`);
  assert.is(peers.length, 3 + calls); // and each has caused one start
  await patiently('close', root.close());
});

test('an answer resets the wait between starts', async () => {
  let isWell = false;
  await using daemon = await hostile((peer, received) => {
    if (received.type === 'hello') {
      peer.send(isWell ? hello() : Buffer.concat([hello(), message({ type: 'goodbye', last: 0 })]));
    }
    if (received.type === 'run') peer.send(exit(received.id, 'well'));
  });
  const { root } = daemon;
  await rejection(root.execute(['x']), DaemonLostError);
  isWell = true;
  assert.is((await root.execute(['x'])).stdout, 'well');
  await root.close();
});

test('an answer above `maxBuffer` ends the connection before it is read, whatever the daemon allows', async () => {
  const announced = Buffer.from('0000040000000000', 'hex'); // 4 TiB
  await using daemon = await hostile((peer, { type }) => {
    peer.send(type === 'hello' ? hello() : announced);
  });
  const call = rejection(daemon.root.execute(['x'], { maxBuffer: 1000 }), ProtocolError);
  assert.match((await patiently('the call', call)).message, /at most 2098152 are taken/);
  const streamed = daemon.root.start(['x']);
  const error = await patiently('it', rejection(streamed.result, ProtocolError));
  assert.match(error.message, /at most 3145728 are taken/); // text, and a window of output
  const plain = rejection(daemon.root.execute(['x']), ProtocolError);
  assert.match((await patiently('it', plain)).message, /at most 69206016 are taken/);
});

test('more output than was asked for ends the connection, also where a frame has room for it', async () => {
  await using daemon = await hostile((peer, received) => {
    if (received.type === 'hello') peer.send(hello());
    if (received.type === 'run') peer.send(exit(received.id, 'x'.repeat(1001)));
  });
  const call = rejection(daemon.root.execute(['x'], { maxBuffer: 1000 }), ProtocolError);
  assert.match((await patiently('the call', call)).message, /more output than was asked for/);
});

test('text without end in an answer ends the connection', async () => {
  await using daemon = await hostile((peer, received) => {
    if (received.type === 'hello') peer.send(hello());
    if (received.type === 'run') peer.send(frame(`${' '.repeat(3_000_000)}{`, Buffer.from('\nx')));
  });
  const call = rejection(daemon.root.execute(['x']), ProtocolError);
  assert.match((await patiently('the call', call)).message, /more than 2097152 bytes of JSON/);
});

for (const size of [0, 1]) {
  test(`output in pieces of ${size} bytes that nobody reads costs little more than its bytes`, async () => {
    const pieces = 300_000;
    await using daemon = await hostile((peer, received) => {
      if (received.type === 'hello') peer.send(hello());
      if (received.type !== 'run') return;
      const { id } = received;
      const piece = message({ type: 'stdout', id }, Buffer.alloc(size));
      const many = Buffer.concat(Array(1000).fill(piece));
      for (let i = 0; i < pieces; i += 1000) peer.stream.write(many);
      peer.stream.write(message({ type: 'stderr', id }, Buffer.from('sent')));
    });
    await using running = daemon.root.start(['x'], { stderr: 'pipe' });
    const held = () => {
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      return heapUsed + arrayBuffers;
    };
    await running.stderr.once('data', () => {}); // flows
    const [said] = await patiently(
      'the end',
      new Promise<unknown[]>((resolve) => {
        running.stderr.once('data', (...data) => resolve(data));
      }),
    );
    assert.is(String(said), 'sent');
    collectGarbage();
    const before = held();
    running.stdout.destroy();
    await delay(50);
    collectGarbage();
    assert.ok(before - held() < 8 * 1024 * 1024, `${before - held()} bytes were held`);
    for (const { stream } of daemon.peers) stream.destroy();
  });
}

test('a daemon that grants without end and reads nothing gets no more input than fits the limit', async () => {
  const grant = 2 ** 53 - 1;
  await using daemon = await hostile((peer, received) => {
    if (received.type === 'hello') peer.send(hello({ input: grant }));
    if (received.type !== 'run') return;
    peer.stream.pause();
    peer.send(message({ type: 'window', id: received.id, bytes: grant }));
  });
  let pulled = 0;
  const input = new Readable({
    read() {
      pulled += 65_536;
      setImmediate(() => this.push(Buffer.alloc(65_536)));
    },
  });
  const running = daemon.root.start(['x'], { input });
  let seen = -1;
  await until('a standstill of the input', async () => {
    const isStill = seen === pulled;
    seen = pulled;
    await delay(100);
    return isStill && pulled > 0;
  });
  assert.ok(pulled < 4 * 1024 * 1024, `${pulled} bytes`);
  for (const { stream } of daemon.peers) stream.destroy();
  await rejection(running.result, DaemonLostError);
});

test('a goodbye that sends back what was answered, or begun, ends the connection', async () => {
  await using daemon = await hostile((peer, received) => {
    if (received.type === 'hello') peer.send(hello());
    if (received.type !== 'run') return;
    const begun = received.id === 1 && received.argv[0] === 'fed';
    const { id } = received;
    peer.send(
      begun ? message({ type: 'window', id, bytes: 1 }) : exit(id),
      message({ type: 'goodbye', last: id - 1 }),
    );
  });
  await daemon.root.execute(['x']);
  const input = 'x'.repeat(500_000);
  const call = rejection(daemon.root.execute(['fed'], { input }), ProtocolError);
  assert.ok((await patiently('the call', call)).mayHaveRun);
  const fed = daemon.peers.flatMap(({ runs }) => runs).filter(({ argv }) => argv[0] === 'fed');
  assert.is(fed.length, 1); // and it was not sent once more, without its input
});

test('a command that was begun and is declined then is not sent once more', async () => {
  await using daemon = await hostile((peer, received) => {
    if (received.type === 'hello') peer.send(hello());
    if (received.type !== 'run' || received.id !== 2) return;
    const { id } = received;
    peer.send(
      message({ type: 'started', id, pid: 5 }),
      message({ type: 'failed', id, code: 'busy', message: 'busy' }),
    );
  });
  const first = rejection(daemon.root.execute(['first']), ProtocolError);
  const running = daemon.root.start(['second']);
  const error = await patiently('it', rejection(running.result, ProtocolError));
  assert.match(error.message, /failed, for a command that was taken on/);
  await first;
});

test('a call that is canceled while a daemon hangs at its start does not keep close waiting', async () => {
  await using daemon = await hostile(() => {});
  const controller = new AbortController();
  const call = daemon.root.execute(['x'], { signal: controller.signal });
  await until('the connection', () => daemon.peers.length > 0);
  const closing = daemon.root.close();
  controller.abort();
  await rejection(call, CommandFailedError);
  await patiently('close', closing);
});

test.run();
