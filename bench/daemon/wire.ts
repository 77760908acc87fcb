import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { answerChallenge, makeChallenge, verifyAnswer, WELCOME } from '#src/wire/challenge.js';
import { FrameReader, frame } from '#src/wire/frames.js';
import type { Daemon } from './daemons.js';

const LARGEST = 64 * 1024 * 1024;

/** Frames to and from a daemon, one answer for each question. */
export class Wire {
  readonly socket: Socket;
  readonly #answers: AsyncGenerator<Buffer>;

  private constructor(socket: Socket) {
    this.socket = socket;
    this.#answers = frames(socket);
  }

  /** A connection that has authenticated, both ways. */
  static async open({ path, key }: Pick<Daemon, 'path' | 'key'>): Promise<Wire> {
    const socket = createConnection(path);
    await once(socket, 'connect');
    const wire = new Wire(socket);
    const answer = answerChallenge(key, await wire.receive());
    if (answer === undefined) throw new Error('the daemon sends no challenge');
    const verdict = await wire.ask('', answer);
    if (!verdict.equals(WELCOME)) throw new Error(`the daemon says ${verdict}`);
    const { payload, message } = makeChallenge();
    if (!verifyAnswer(key, message, await wire.ask('', payload), true)) {
      throw new Error('the daemon does not know the key');
    }
    wire.send('', WELCOME);
    return wire;
  }

  send(text: string, ...bytes: readonly Uint8Array[]): void {
    this.socket.write(frame(text, ...bytes));
  }

  async receive(): Promise<Buffer> {
    const { value, done } = await this.#answers.next();
    if (done) throw new Error('the daemon has closed the connection');
    return value;
  }

  ask(text: string, ...bytes: readonly Uint8Array[]): Promise<Buffer> {
    this.send(text, ...bytes);
    return this.receive();
  }
}

async function* frames(socket: Socket): AsyncGenerator<Buffer> {
  const reader = new FrameReader(LARGEST);
  for await (const bytes of socket) yield* reader.read(bytes as Buffer);
}
