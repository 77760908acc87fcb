import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { type ClientOptions, RootwrapClient } from '#src/client/index.js';
import { decode, encode } from '#src/wire/encoding.js';
import { FrameReader } from '#src/wire/frames.js';
import type { FromDaemon, Run, ToDaemon, Welcome } from '#src/wire/messages.js';
import { isToDaemon } from '#src/wire/validators.js';
import { temporaryDirectory } from '../support/policy-files.js';

export const LIMITS: Welcome['limits'] = {
  frame: 100_000,
  requests: 8,
  output: 2 ** 53 - 1,
  input: 65_536,
};

/** The daemon's end of a connection, which does what a test has it do and nothing else. */
export class Peer {
  readonly received: ToDaemon[] = [];
  /** Bytes of input behind the messages. */
  inputBytes = 0;
  onMessage: (message: ToDaemon, bytes: Buffer) => void = () => {};

  constructor(readonly stream: Duplex) {
    const reader = new FrameReader(256 * 1024 * 1024);
    stream.on('data', (chunk: Buffer) => {
      for (const payload of reader.read(chunk)) {
        const { value, bytes } = decode(payload);
        if (!isToDaemon(value)) throw new Error('the client breaks the protocol');
        this.received.push(value);
        this.inputBytes += bytes.length;
        this.onMessage(value, bytes);
      }
    });
    stream.on('error', () => {});
    stream.on('end', () => stream.end());
  }

  get runs(): Run[] {
    return this.received.filter((message) => message.type === 'run');
  }

  send(...parts: readonly Buffer[]): void {
    if (!this.stream.destroyed) this.stream.write(Buffer.concat(parts));
  }
}

export function hello(limits: Partial<Welcome['limits']> = {}): Buffer {
  return encode({
    type: 'hello',
    protocol: 1,
    version: 'x',
    limits: { ...LIMITS, ...limits },
  });
}

export const message = (value: FromDaemon, ...bytes: Buffer[]) => encode(value, ...bytes);

export function exit(id: number, stdout = ''): Buffer {
  const bytes = Buffer.from(stdout);
  return encode(
    { type: 'exit', id, code: 0, signal: null, stdout: bytes.length, stderr: 0 },
    bytes,
  );
}

export interface Hostile extends AsyncDisposable {
  readonly root: RootwrapClient;
  /** One for each connection so far. */
  readonly peers: Peer[];
}

/** A client of a daemon on a socket, which behaves as this says, from each connection's first message on. */
export async function hostile(
  behave: (peer: Peer, message: ToDaemon, bytes: Buffer) => void,
  options: ClientOptions = {},
): Promise<Hostile> {
  const socketPath = join(temporaryDirectory(), 'daemon.sock');
  const peers: Peer[] = [];
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    const peer = new Peer(socket);
    peers.push(peer);
    peer.onMessage = (received, bytes) => behave(peer, received, bytes);
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  const root = new RootwrapClient({ socketPath }, options);
  const dispose = async () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { root, peers, [Symbol.asyncDispose]: dispose };
}
