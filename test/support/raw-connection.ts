import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { answerChallenge, makeChallenge, verifyAnswer, WELCOME } from '#src/wire/challenge.js';
import { decode } from '#src/wire/encoding.js';
import { FrameReader, frame } from '#src/wire/frames.js';
import { patiently } from './patience.js';

const MOST = 512 * 1024 * 1024;
const CHALLENGE = '#CHALLENGE#';

/** A message of either dialect as it came. */
export interface Received {
  // biome-ignore lint/suspicious/noExplicitAny: whatever the daemon sent, for a test to look at
  readonly message: any;
  readonly bytes: Buffer;
}

/** A connection to the daemon on which a test says what it likes, frame by frame or byte by byte. */
export class RawConnection {
  readonly socket: Socket;
  readonly #reader = new FrameReader(MOST);
  readonly #frames: Buffer[] = [];
  #ended = false;
  #wake: () => void = () => {};

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (bytes) => {
      for (const payload of this.#reader.read(bytes)) this.#frames.push(Buffer.from(payload));
      this.#wake();
    });
    const ended = () => {
      this.#ended = true;
      this.#wake();
    };
    socket.on('end', ended);
    socket.on('close', ended);
    socket.on('error', ended); // a reset, for example: the end is what tests look at
  }

  /** Connects, and reads nothing unless told to by `read: false`. @throws what connecting throws */
  static async open(path: string, { read = true } = {}): Promise<RawConnection> {
    const socket = connect({ path, allowHalfOpen: true });
    await once(socket, 'connect');
    const connection = new RawConnection(socket);
    if (!read) socket.pause();
    return connection;
  }

  /** The same on a stream that is there already, such as the daemon's standard input and output. */
  static over(stream: Duplex): RawConnection {
    return new RawConnection(stream as Socket);
  }

  /** Whether the daemon has ended it. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Bytes as they are, without a frame around them. */
  write(bytes: Uint8Array | string): void {
    this.socket.write(bytes);
  }

  /** A frame. An object becomes JSON. */
  send(payload: unknown, ...bytes: readonly Uint8Array[]): void {
    if (payload instanceof Uint8Array) this.write(frame('', payload, ...bytes));
    else if (typeof payload === 'string') this.write(frame(payload, ...bytes));
    else if (bytes.length === 0) this.write(frame(JSON.stringify(payload)));
    else this.write(frame(`${JSON.stringify(payload)}\n`, ...bytes));
  }

  /** The payload of the next frame; undefined when the connection has ended. */
  async next(): Promise<Buffer | undefined> {
    while (this.#frames.length === 0 && !this.#ended) {
      const change = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      await patiently('a frame, or the end', change);
    }
    return this.#frames.shift();
  }

  /** @throws when the connection has ended */
  async receive(): Promise<Received> {
    const payload = await this.next();
    if (payload === undefined) throw new Error('the daemon has ended the connection');
    const { value, bytes } = decode(payload);
    return { message: value, bytes };
  }

  /** Waits until the daemon has ended it, and returns what came before that. */
  async end(): Promise<Buffer[]> {
    const frames: Buffer[] = [];
    for (;;) {
      const payload = await this.next();
      if (payload === undefined) return frames;
      frames.push(payload);
    }
  }

  /** The client's side of the challenge. @throws when the daemon does not have the key */
  async authenticate(key: Uint8Array): Promise<this> {
    this.send(answerChallenge(key, (await this.next()) ?? Buffer.alloc(0)));
    const welcome = await this.next();
    if (!welcome?.equals(WELCOME)) throw new Error(`no welcome but ${welcome ?? 'the end'}`);
    const { payload, message } = makeChallenge();
    this.send(payload);
    if (!verifyAnswer(key, message, (await this.next()) ?? Buffer.alloc(0), false)) {
      throw new Error(`the daemon does not answer ${CHALLENGE}`);
    }
    this.send(WELCOME);
    return this;
  }

  /** Sends no more; what comes can still be read. */
  endOutput(): void {
    this.socket.end();
  }

  destroy(): void {
    this.socket.destroy();
  }
}
