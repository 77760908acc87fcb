import type { Exit, Run } from '#src/wire/messages.js';
import type { RawConnection, Received } from './raw-connection.js';

/** How a command ended, with its collected output. */
export interface Ended extends Omit<Exit, 'stdout' | 'stderr'> {
  readonly stdout: string;
  readonly stderr: string;
}

/** tsrootwrap's own dialect with its messages in order: a test asks for the next about an id. */
export class ObjectClient {
  readonly connection: RawConnection;
  readonly #waiting: Received[] = [];
  #last = 0;

  private constructor(connection: RawConnection) {
    this.connection = connection;
  }

  static async greet(connection: RawConnection): Promise<ObjectClient> {
    connection.send({ type: 'hello', protocol: 1 });
    const { message } = await connection.receive();
    if (message.type !== 'hello') throw new Error(`no greeting: ${JSON.stringify(message)}`);
    return new ObjectClient(connection);
  }

  /** Sends a request and returns its id. */
  request(
    argv: readonly string[],
    options: Partial<Run> = {},
    input: Uint8Array = Buffer.alloc(0),
  ): number {
    const id = ++this.#last;
    const message = { type: 'run', id, argv, ...options };
    if (input.length > 0) this.connection.send(message, input);
    else this.connection.send(message);
    return id;
  }

  /** The next message about a request; those about others are kept. One reader at a time. */
  async about(id: number): Promise<Received> {
    const index = this.#waiting.findIndex(({ message }) => message.id === id);
    const [kept] = index === -1 ? [] : this.#waiting.splice(index, 1);
    if (kept !== undefined) return kept;
    for (;;) {
      const received = await this.connection.receive();
      if (received.message.id === id) return received;
      this.#waiting.push(received);
    }
  }

  /** The end of a request whose output is collected. @throws for another answer */
  async end(id: number): Promise<Ended> {
    for (;;) {
      const { message, bytes } = await this.about(id);
      if (message.type === 'window' || message.type === 'started') continue;
      if (message.type !== 'exit') throw new Error(JSON.stringify(message));
      const stdout = bytes.toString('latin1', 0, message.stdout);
      return { ...message, stdout, stderr: bytes.toString('latin1', message.stdout) };
    }
  }

  /** Runs a command to its end, with output as latin1. */
  run(
    argv: readonly string[],
    options: Partial<Run> = {},
    input: Uint8Array = Buffer.alloc(0),
  ): Promise<Ended> {
    return this.end(this.request(argv, options, input));
  }
}

/** oslo.rootwrap's dialect. */
export class OsloClient {
  readonly connection: RawConnection;
  readonly object: string;

  private constructor(connection: RawConnection, object: string) {
    this.connection = connection;
    this.object = object;
  }

  /** @param connect makes a connection behind the challenge: oslo's client needs two */
  static async create(connect: () => Promise<RawConnection>): Promise<OsloClient> {
    const manager = await connect();
    manager.send([null, 'create', ['rootwrap'], {}]);
    const [, [object]] = (await manager.receive()).message;
    manager.destroy();
    const connection = await connect();
    connection.send([null, 'accept_connection', ['test'], {}]);
    await connection.receive();
    return new OsloClient(connection, object);
  }

  /** Its answer: `[kind, result]`. */
  async run(argv: readonly unknown[], stdin: unknown = null): Promise<[string, unknown]> {
    this.connection.send([this.object, 'run_one_command', [argv, stdin], {}]);
    return (await this.connection.receive()).message;
  }
}
