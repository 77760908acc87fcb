import { createHmac } from 'node:crypto';
import { connect, type Socket } from 'node:net';

type Answer = readonly [kind: string, result: unknown];

/**
 * The other end of the daemon's socket, frame by frame, written apart from src/wire: what both get
 * wrong in the same way would not be seen.
 */
export class OsloPeer {
  readonly #socket: Socket;
  readonly #chunks: AsyncIterator<Buffer>;
  #buffered = Buffer.alloc(0);
  #object: unknown;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#chunks = socket[Symbol.asyncIterator]();
  }

  /** A connection on which nothing has been said. */
  static async unproved(path: string): Promise<OsloPeer> {
    const socket = connect(path);
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    socket.on('error', () => {}); // seen as the end
    return new OsloPeer(socket);
  }

  /** A connection whose next request is the first, to the manager. */
  static async toManager(path: string, key: Buffer): Promise<OsloPeer> {
    const peer = await OsloPeer.unproved(path);
    const challenge = await peer.receive();
    peer.send(createHmac('md5', key).update(challenge.subarray('#CHALLENGE#'.length)).digest());
    await peer.receive();
    peer.send(Buffer.from(`#CHALLENGE#${'0123456789'.repeat(2)}`));
    await peer.receive();
    peer.send(Buffer.from('#WELCOME#'));
    return peer;
  }

  /** A connection for requests to the object. */
  static async toObject(path: string, key: Buffer): Promise<OsloPeer> {
    const creating = await OsloPeer.toManager(path, key);
    const [, [id]] = (await creating.ask(null, 'create', ['rootwrap'])) as [string, [string]];
    creating.close();
    const peer = await OsloPeer.toManager(path, key);
    await peer.ask(null, 'accept_connection', ['a thread']);
    peer.#object = id;
    return peer;
  }

  get object(): unknown {
    return this.#object;
  }

  /** Sends a request and waits for its answer. */
  ask(id: unknown, method: unknown, args: unknown = [], kwargs: unknown = {}): Promise<Answer> {
    return this.say([id, method, args, kwargs]);
  }

  run(...args: readonly unknown[]): Promise<Answer> {
    return this.ask(this.#object, 'run_one_command', args);
  }

  /** The same for what need not be a request. */
  async say(value: unknown): Promise<Answer> {
    this.send(Buffer.from(JSON.stringify(value)));
    return JSON.parse((await this.receive()).toString());
  }

  send(payload: Uint8Array): void {
    const length = Buffer.alloc(8);
    length.writeBigUInt64BE(BigInt(payload.length));
    this.#socket.write(Buffer.concat([length, payload]));
  }

  /** The next frame's payload. */
  async receive(): Promise<Buffer> {
    const length = (await this.#take(8)).readBigUInt64BE();
    return this.#take(Number(length));
  }

  /** Asserts that nothing more comes before its end, be that a reset. */
  async ended(): Promise<void> {
    const { done } = await this.#chunks.next().catch(() => ({ done: true }));
    if (!done || this.#buffered.length > 0) throw new Error('something more came');
  }

  /** Sends no more, and can still receive. */
  finish(): void {
    this.#socket.end();
  }

  close(): void {
    this.#socket.destroy();
  }

  async #take(count: number): Promise<Buffer> {
    while (this.#buffered.length < count) {
      const { done, value } = await this.#chunks.next();
      if (done) throw new Error('the daemon has closed the connection');
      this.#buffered = Buffer.concat([this.#buffered, value]);
    }
    const taken = this.#buffered.subarray(0, count);
    this.#buffered = this.#buffered.subarray(count);
    return taken;
  }
}
