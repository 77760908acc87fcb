import type { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { decode } from '#src/wire/encoding.js';
import type { ObjectClient } from '../support/clients.js';
import { daemonPolicy } from '../support/daemon.js';
import { announcement, clientOf, startDaemon } from '../support/daemon-start.js';

const MANY = 12;
/** Between two clients that leave: each within the deadline that the one before had, had it set one. */
const LEAVING_MS = 700;

/** What a test that fails leaves running would keep this process, and ends with it. */
test.after(() => {
  setTimeout(() => process.exit(), 1000).unref();
});

/** A client whose collected answer fills its socket, which it does not read. */
async function withUnreadAnswer(client: ObjectClient): Promise<void> {
  client.request(['sh', '-c', 'head -c 8000000 /dev/zero']);
  client.connection.socket.pause();
}

/** A client that has no room for the stream of a command whose process has ended. */
async function withUnreadStream(client: ObjectClient): Promise<void> {
  const id = client.request(['sh', '-c', 'printf abc'], { window: 1 });
  await client.about(id);
}

type Occupy = (client: ObjectClient) => Promise<void>;

/** How long (ms) a daemon with such clients lasts from SIGTERM. */
async function lasts(occupiers: readonly Occupy[], leaveEachMs?: number): Promise<number> {
  const daemon = startDaemon([daemonPolicy().config]);
  const announced = await announcement(daemon.child.stdout as Readable);
  const clients: ObjectClient[] = [];
  for (const occupy of occupiers) {
    const client = await clientOf(announced);
    await occupy(client);
    clients.push(client);
  }
  const other = await clientOf(announced);
  await other.run(['sh', '-c', 'sleep 0.5']); // by then the others' processes have ended
  other.connection.destroy();
  daemon.child.kill('SIGTERM');
  const since = performance.now();
  const leaving = async () => {
    for (const client of clients) {
      await wait(leaveEachMs);
      client.connection.destroy();
    }
  };
  const left = leaveEachMs === undefined ? undefined : leaving();
  assert.equal(await daemon.ended, { code: 0, signal: null });
  const lasted = performance.now() - since;
  await left;
  for (const client of clients) client.connection.destroy();
  return lasted;
}

test('unread streams, unread answers and clients that leave one by one have one deadline together', async () => {
  const [answers, both, leaving] = await Promise.all([
    lasts([withUnreadAnswer]),
    lasts([withUnreadStream, withUnreadAnswer]),
    lasts(
      Array.from({ length: MANY }, () => withUnreadAnswer),
      LEAVING_MS,
    ),
  ]);
  assert.ok(both < 1.5 * answers, `${both} ms with unread streams, ${answers} ms without`);
  assert.ok(leaving < 1.5 * answers, `${leaving} ms while clients leave, ${answers} ms otherwise`);
});

test('a stream that is cut at the deadline has no exit, which would tell that it is whole', async () => {
  const daemon = startDaemon([daemonPolicy().config]);
  const client = await clientOf(await announcement(daemon.child.stdout as Readable));
  await withUnreadStream(client);
  daemon.child.kill('SIGTERM');
  const types = (await client.connection.end()).map((payload) => decode(payload).value);
  assert.not.ok(JSON.stringify(types).includes('"exit"'), JSON.stringify(types));
  assert.equal(await daemon.ended, { code: 0, signal: null });
});

test.run();
