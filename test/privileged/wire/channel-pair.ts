import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { Channel, type Listener } from '#src/privileged/wire/channel.js';
import { isFromHelper, isToHelper } from '#src/privileged/wire/guards.js';
import type { FromHelper, ToHelper } from '#src/privileged/wire/messages.js';
import { temporaryDirectory } from '../../support/policy-files.js';

let count = 0;
const directory = temporaryDirectory();

/** Two ends of one connection of the system's. */
export async function socketPair(): Promise<[Socket, Socket]> {
  const path = join(directory, String(count++));
  const server = createServer({ allowHalfOpen: true }).listen(path);
  await once(server, 'listening');
  const one = connect({ path, allowHalfOpen: true });
  const [other] = (await once(server, 'connection')) as [Socket];
  server.close();
  rmSync(path, { force: true });
  return [one, other];
}

export interface Received<Message> {
  readonly message: Message;
  readonly bytes: Buffer;
}

/** Keeps what a channel delivers. */
export class Recorder<Message> implements Listener<Message> {
  readonly received: Received<Message>[] = [];
  /** What `closed` was called with, each time. */
  readonly ends: (Error | undefined)[] = [];
  drains = 0;
  /** Done when a message comes, after it was kept. */
  onMessage: (message: Message) => void = () => {};

  message(message: Message, bytes: Uint8Array): void {
    this.received.push({ message, bytes: Buffer.from(bytes) });
    this.onMessage(message);
  }

  closed(error?: Error): void {
    this.ends.push(error);
  }

  drained(): void {
    this.drains++;
  }
}

export function helperEnd(
  input: Readable,
  output: Writable,
): [Channel<ToHelper, FromHelper>, Recorder<ToHelper>] {
  const recorder = new Recorder<ToHelper>();
  return [new Channel<ToHelper, FromHelper>(input, output, recorder, isToHelper), recorder];
}

export function serviceEnd(
  input: Readable,
  output: Writable,
): [Channel<FromHelper, ToHelper>, Recorder<FromHelper>] {
  const recorder = new Recorder<FromHelper>();
  return [new Channel<FromHelper, ToHelper>(input, output, recorder, isFromHelper), recorder];
}
