import * as assert from 'uvu/assert';
import { SeededRandom } from '../config/seeded-random.js';
import { type DaemonProcess, daemonPolicy, withDaemon } from '../support/daemon.js';
import { residentBytes } from '../support/proc.js';
import type { RawConnection } from '../support/raw-connection.js';
import { HostileFrames } from './hostile-frames.js';

const AT_ONCE = 8;
const MOST_GROWTH = 128 * 1024 * 1024;

export interface Conversation {
  /** A connection that has come as far as the frames are to meet it. */
  open(daemon: DaemonProcess): Promise<RawConnection>;
  frame(frames: HostileFrames): Buffer;
}

/**
 * Sends a daemon that many frames, on several connections at once, while a good client makes calls
 * all the time: each is answered right, and the daemon's memory does not grow with the frames.
 */
export async function bearFrames(
  seed: number,
  count: number,
  conversation: Conversation,
): Promise<void> {
  const random = new SeededRandom(seed);
  console.log(`seed ${random.seed}`);
  const settings = 'daemon_max_connections = 1000\ndaemon_max_pending = 1000';
  await withDaemon(
    daemonPolicy('cat: CommandFilter, cat, ME\necho: CommandFilter, echo, ME', settings),
    async (daemon) => {
      let sent = 0;
      let halfway = 0;
      const attack = async () => {
        while (sent < count) {
          sent += await converse(daemon, new HostileFrames(random), conversation);
          if (sent > count / 2) halfway ||= residentBytes(daemon.pid);
        }
      };
      const attacks = Promise.all(Array.from({ length: AT_ONCE }, attack));
      let over = false;
      const calls = await Promise.all([
        callsUntil(daemon, () => over),
        attacks.finally(() => {
          over = true;
        }),
      ]);
      assert.ok(calls[0] > 0);
      const growth = residentBytes(daemon.pid) - halfway;
      assert.ok(growth < MOST_GROWTH, `grew by ${growth} bytes in the second half`);
    },
  );
}

/** How many calls of a good client were answered meanwhile, each right. */
async function callsUntil(daemon: DaemonProcess, over: () => boolean): Promise<number> {
  const client = await daemon.client();
  let calls = 0;
  while (!over()) {
    const word = `call ${++calls}`;
    const { code, stdout } = await client.run(['echo', word]);
    assert.is(code, 0);
    assert.is(stdout, `${word}\n`);
  }
  client.connection.destroy();
  return calls;
}

/** One connection's worth of frames, sent and ended in one of many ways; returns how many. */
async function converse(
  daemon: DaemonProcess,
  frames: HostileFrames,
  { open, frame }: Conversation,
): Promise<number> {
  const { random } = frames;
  const connection = await open(daemon);
  frames.restart();
  let sent = 0;
  for (let left = random.below(8); left >= 0 && !connection.ended; left--) {
    const bytes = frame(frames);
    if (bytes.length < 500 && random.chance(5)) {
      for (const byte of bytes) connection.write(Buffer.of(byte));
    } else {
      connection.write(bytes);
    }
    sent++;
    if (random.chance(20)) await new Promise(setImmediate);
  }
  if (random.chance(30)) {
    connection.endOutput();
    if (random.chance(50)) await connection.end();
  }
  connection.destroy();
  return sent;
}
