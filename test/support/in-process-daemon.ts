import { connect as connectTo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { Commands } from '#src/daemon/commands.js';
import { Connection } from '#src/daemon/connection.js';
import { Daemon } from '#src/daemon/daemon.js';
import { Memory } from '#src/daemon/memory.js';
import { Log } from '#src/log/log.js';
import { Policy } from '#src/policy/policy.js';
import { posix } from '#src/posix/addon.js';
import { decode } from '#src/wire/encoding.js';
import { FrameReader, frame } from '#src/wire/frames.js';
import { policyFiles, temporaryDirectory } from './policy-files.js';

/** The user that runs the tests, whom filters can name without root. */
export const OWN_USER = posix.userName(process.getuid?.() ?? 0) ?? 'root';

/** A message of the daemon's, and the bytes behind it. */
export interface Arrived {
  readonly value: unknown;
  readonly bytes: Buffer;
}

/** A client's end of a connection to a daemon in this process. */
export interface Peer {
  send(value: unknown, ...bytes: Uint8Array[]): void;
  sendBytes(bytes: Uint8Array): void;
  /** The client says no more. */
  end(): void;
  /** Reads nothing more. */
  pause(): void;
  /** The connection breaks. */
  destroy(): void;
  /** The next message; undefined when the connection has ended. */
  next(): Promise<Arrived | undefined>;
  readonly connection: Connection;
}

export interface InProcess {
  readonly daemon: Daemon;
  readonly commands: Commands;
  /** The rootwrap.conf; the filters are in filters.d/test.filters beside it. */
  readonly config: string;
  readonly ended: Promise<void>;
  /** Connects as somebody who was let in. */
  connect(kind?: 'objects'): Promise<Peer>;
  /** Ends it and all that it runs. */
  stop(): void;
}

/**
 * A daemon without a socket and a process of its own.
 *
 * @param filters in which USER stands for the user that runs this
 * @param settings further lines of rootwrap.conf
 */
export function inProcessDaemon(filters: string, settings = ''): InProcess {
  const { config } = policyFiles(
    filters.replaceAll('USER', OWN_USER),
    `exec_dirs = /usr/sbin,/usr/bin,/sbin,/bin\n${settings}`,
  );
  const policy = Policy.load(config);
  const log = new Log('tsrootwrap-daemon', policy.config);
  const memory = new Memory(policy.config.daemon);
  const commands = new Commands(policy, log, [Buffer.from('PATH=/usr/bin:/bin')], memory);
  const daemon = new Daemon(policy, log, commands, memory);
  const ended = new Promise<void>((resolve) => {
    daemon.onEnd = resolve;
  });
  const stop = () => daemon.stopAtOnce('the test is over');
  running.push(stop);
  return { daemon, commands, config, ended, stop, connect: (kind) => connect(daemon, kind) };
}

const running: (() => void)[] = [];

/** Ends what would keep this process from ending: for after the last test. */
export function stopAll(): void {
  for (const stop of running) stop();
}

async function connect(daemon: Daemon, kind?: 'objects'): Promise<Peer> {
  const { client, accepted } = await socketPair();
  const peer = { uid: process.getuid?.() ?? 0, pid: process.pid };
  const { memory, limits } = daemon;
  const share = memory.forPending();
  if (share === undefined) throw new Error('there is no memory for one more');
  const connection = new Connection(accepted, accepted, peer, limits.maxFrame, memory, share);
  if (kind === 'objects') daemon.serveObjects(connection);
  else daemon.serve(connection);
  const arrived = frames(client);
  return {
    connection,
    send: (value, ...bytes) => {
      const behind = bytes.length === 0 ? [] : [Buffer.from('\n'), ...bytes];
      client.write(frame(JSON.stringify(value), ...behind));
    },
    sendBytes: (bytes) => client.write(bytes),
    end: () => client.end(),
    pause: () => client.pause(),
    destroy: () => client.destroy(),
    next: async () => {
      const { value } = await arrived.next();
      return value === undefined ? undefined : decode(value);
    },
  };
}

async function socketPair(): Promise<{ client: Socket; accepted: Socket }> {
  const path = join(temporaryDirectory(), 'socket');
  const server = createServer({ allowHalfOpen: true });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const arrival = new Promise<Socket>((resolve) => server.once('connection', resolve));
  const client = connectTo({ path, allowHalfOpen: true });
  const accepted = await arrival;
  server.close();
  return { client, accepted };
}

async function* frames(stream: Socket): AsyncGenerator<Buffer, undefined> {
  const reader = new FrameReader(2 ** 30);
  try {
    for await (const bytes of stream) yield* reader.read(bytes as Buffer);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ECONNRESET') throw error;
  }
  return undefined;
}
