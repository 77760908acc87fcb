import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { frame } from '#src/wire/frames.js';
import { ObjectClient, OsloClient } from '../support/clients.js';
import { DaemonProcess, daemonPolicy } from '../support/daemon.js';
import { until } from '../support/patience.js';
import { temporaryDirectory } from '../support/policy-files.js';
import { childrenOf, residentBytes } from '../support/proc.js';
import type { RawConnection } from '../support/raw-connection.js';

const MIB = 1024 * 1024;
const FRAME = MIB;
const OUTPUT = 2 * MIB;

/** daemon_max_memory. */
const BOUND = 32 * MIB;

/** What Node has not collected yet: docs/daemon.md says so. */
const GARBAGE = 60 * MIB;

/** What it never gives back. */
const KEPT = 30 * MIB;

const policy = daemonPolicy(
  'head: CommandFilter, head, ME\ncat: CommandFilter, cat, ME\nsleep: CommandFilter, sleep, ME\nenv: EnvFilter, env, ME, A=, true',
  `daemon_max_memory = ${BOUND}\ndaemon_max_frame = ${FRAME}\ndaemon_max_output = ${OUTPUT}\ndaemon_max_pending = 100`,
);

/** Not text in any encoding: six times as long in an answer of oslo.rootwrap's. */
const binary = join(temporaryDirectory(), 'binary');
writeFileSync(binary, Buffer.alloc(OUTPUT - 1, 0xff));

const ZEROS = ['head', '-c', `${OUTPUT - 1}`, '/dev/zero'];

/** The most that a process has had in memory since this was last called. */
function peakBytes(pid: number): number {
  const [, kib = '0'] =
    /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? [];
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
  return Number(kib) * 1024;
}

/** Connections of a pattern, as many as the daemon lets in. */
async function many(
  daemon: DaemonProcess,
  count: number,
  use: (connection: RawConnection, number: number) => unknown,
): Promise<RawConnection[]> {
  const connections: RawConnection[] = [];
  for (let number = 0; number < count; number++) {
    const connection = await daemon.authenticated();
    connections.push(connection);
    await use(connection, number);
  }
  return connections;
}

async function oslo(daemon: DaemonProcess): Promise<OsloClient> {
  return OsloClient.create(() => daemon.authenticated());
}

async function objects(connection: RawConnection): Promise<ObjectClient | undefined> {
  try {
    return await ObjectClient.greet(connection);
  } catch {
    return undefined; // there was no room for one more
  }
}

/** Each is what a client can do to have the daemon hold much; returns what then has to be closed. */
const PATTERNS: Readonly<Record<string, (daemon: DaemonProcess) => Promise<RawConnection[]>>> = {
  'answers that are not read': (daemon) =>
    many(daemon, 60, async (connection) => {
      const client = await objects(connection);
      connection.socket.pause();
      for (let left = 4; left > 0; left--) client?.request(ZEROS);
    }),
  "answers of oslo.rootwrap's that are not read": async (daemon) => {
    const connections: RawConnection[] = [];
    for (let left = 40; left > 0; left--) {
      const { connection, object } = await oslo(daemon);
      connections.push(connection);
      connection.socket.pause();
      for (const _ of [1, 2]) connection.send([object, 'run_one_command', [['cat', binary]], {}]);
    }
    return connections;
  },
  'input that is not taken': (daemon) =>
    many(daemon, 4, async (connection) => {
      const client = await objects(connection);
      const input = Buffer.alloc(FRAME - 1000);
      for (let left = 40; left > 0; left--) {
        client?.request(['sleep', '5'], { timeout: 5000, killAfter: 0 }, input);
      }
    }),
  'streams that are not read': (daemon) =>
    many(daemon, 10, async (connection) => {
      const client = await objects(connection);
      connection.socket.pause();
      for (let left = 20; left > 0; left--) {
        client?.request(['cat', '/dev/zero'], { window: 2 ** 40, timeout: 5000, killAfter: 0 });
      }
    }),
  'halves of frames': (daemon) =>
    many(daemon, 100, (connection) => {
      connection.write(frame('', Buffer.alloc(FRAME)).subarray(0, FRAME - 1000));
    }),
  'short halves of frames': (daemon) =>
    many(daemon, 100, (connection) => {
      connection.write(frame('', Buffer.alloc(65_000)).subarray(0, 64_000));
    }),
  'requests and no reading': (daemon) =>
    many(daemon, 60, async (connection) => {
      const client = await objects(connection);
      connection.socket.pause();
      for (let left = 2000; left > 0; left--) client?.request(['refused', 'x'.repeat(300)]);
    }),
  'nested JSON': (daemon) =>
    many(daemon, 20, (connection) => {
      connection.send('['.repeat(FRAME));
    }),
  'many objects': (daemon) =>
    many(daemon, 20, (connection) => {
      connection.send(`[${'{},'.repeat(FRAME / 3 - 10)}1]`);
    }),
  'many names of variables': (daemon) =>
    many(daemon, 20, async (connection) => {
      await objects(connection);
      const names = Array.from({ length: 90_000 }, (_, i) => `"A${i}":""`).join(',');
      connection.send(`{"type":"run","id":1,"argv":["true"],"environment":{${names}}}`);
    }),
  'many words': (daemon) =>
    many(daemon, 20, async (connection) => {
      const client = await objects(connection);
      client?.request(Array.from({ length: 65_000 }, (_, i) => `w${i}`));
    }),
  'escaped input': async (daemon) => {
    const clients = await Promise.all(Array.from({ length: 20 }, () => oslo(daemon)));
    const text = '\\udc80'.repeat((FRAME - 1000) / 6);
    for (const { connection, object } of clients) {
      connection.send(`["${object}","run_one_command",[["sleep","1"],"${text}"],{}]`);
    }
    return clients.map(({ connection }) => connection);
  },
  'clients that leave': async (daemon) => {
    for (let left = 60; left > 0; left--) {
      const connection = await daemon.authenticated();
      const client = await objects(connection);
      for (const _ of [1, 2]) client?.request(ZEROS);
      await new Promise((resolve) => connection.socket.write('', resolve));
      connection.destroy();
    }
    return [];
  },
};

/** Calls that are answered, until told to stop. Those that find no memory count too. */
async function callsUntil(client: ObjectClient, isOver: () => boolean): Promise<number> {
  let calls = 0;
  while (!isOver()) {
    const { message } = await client.about(client.request(['true']));
    assert.ok(message.code === 0 || message.code === 'busy', JSON.stringify(message));
    if (message.code === 0) calls++;
  }
  return calls;
}

/** A daemon that the body uses; it is gone afterwards, and leaves nothing. */
async function withDaemon(body: (daemon: DaemonProcess) => Promise<void>): Promise<void> {
  const daemon = await DaemonProcess.start(policy);
  try {
    await body(daemon);
  } catch (error) {
    console.log(daemon.complaints.slice(-2000));
    daemon.kill(); // with connections open this process would never end
    throw error;
  }
  await daemon.stop();
}

const boundKept = async (daemon: DaemonProcess) => {
  const neighbour = await daemon.client();
  for (let calls = 0; calls < 50; calls++) await neighbour.run(['true']);
  const before = residentBytes(daemon.pid);
  peakBytes(daemon.pid);
  for (const [pattern, begin] of Object.entries(PATTERNS)) {
    let isOver = false;
    const calls = callsUntil(neighbour, () => isOver);
    const connections = await begin(daemon);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    isOver = true;
    assert.ok((await calls) > 0, `${pattern}: no call of another client was answered`);
    const peak = peakBytes(daemon.pid) - before;
    console.log(`${pattern}: ${Math.round(peak / MIB)} MiB more than at rest`);
    assert.ok(peak < BOUND + GARBAGE, `${pattern}: ${Math.round(peak / MIB)} MiB`);
    for (const connection of connections) connection.destroy();
    await until(`the end of ${pattern}`, () => childrenOf(daemon.pid).length === 0);
    await until('only the neighbour is left', () => daemon.clients() === 1);
  }
  await until('memory has fallen', () => residentBytes(daemon.pid) < before + KEPT);
  neighbour.connection.destroy();
};

test('memory stays below its bound whatever clients do, and falls again', () =>
  withDaemon(boundKept));

test('who holds memory and does nothing is cut off when others wait for it', () =>
  withDaemon(async (daemon) => {
    const halves = await many(daemon, 20, (connection) => {
      connection.write(frame('', Buffer.alloc(FRAME)).subarray(0, FRAME - 1000));
    });
    const client = await daemon.client();
    const input = Buffer.alloc(FRAME - 1000, 'x');
    assert.is((await client.run(['cat'], {}, input)).stdout.length, input.length);
    assert.match(daemon.complaints, /does not send all of its request, and others wait for memory/);
    for (const connection of [...halves, client.connection]) connection.destroy();
  }));

test('many outputs that wait for memory are all had in the end, one after the other', () =>
  withDaemon(async (daemon) => {
    const client = await daemon.client();
    const ids = Array.from({ length: 40 }, () => client.request(ZEROS));
    for (const id of ids) {
      const { code, stdout } = await client.end(id);
      assert.equal([code, stdout.length], [0, OUTPUT - 1]);
    }
    client.connection.destroy();
  }));

test.run();
