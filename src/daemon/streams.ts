import type { RunningCommand } from '../exec/running-command.js';
import { encode, MessageError } from '../wire/encoding.js';
import { INPUT_WINDOW, type Stdin } from '../wire/messages.js';
import type { Connection } from './connection.js';
import { HeldOutput } from './held-output.js';
import { MAX_AHEAD } from './memory.js';

const BEYOND = 'more input than was granted';

/** Standard input that a client feeds to a command, as far as it was granted. */
export class FedInput {
  readonly #connection: Connection;
  readonly #id: number;
  #window: number;
  #open = true;

  /** @param sent bytes that came with the request @throws MessageError */
  constructor(connection: Connection, id: number, sent: number) {
    this.#connection = connection;
    this.#id = id;
    this.#window = INPUT_WINDOW - sent;
    if (this.#window < 0) throw new MessageError(BEYOND);
  }

  /** Whether more is expected. */
  get isOpen(): boolean {
    return this.#open;
  }

  /** @throws MessageError */
  feed(command: RunningCommand, { end = false }: Stdin, bytes: Buffer): void {
    if (!this.#open) throw new MessageError('input behind its end');
    this.#window -= bytes.length;
    if (this.#window < 0) throw new MessageError(BEYOND);
    if (bytes.length > 0 && !command.feed(bytes)) this.grant(bytes.length);
    if (!end) return;
    this.#open = false;
    command.feed(null);
  }

  /** So much has been taken, or dropped as nobody reads it. */
  grant(bytes: number): void {
    if (!this.#open) return;
    this.#window += bytes;
    this.#connection.send(encode({ type: 'window', id: this.#id, bytes }));
  }
}

/** Output of a command that a client is sent as it comes, as far as the client has granted. */
export class StreamedOutput {
  readonly #connection: Connection;
  readonly #id: number;
  readonly #held = { stdout: new HeldOutput(), stderr: new HeldOutput() };
  /** Bytes that the client has granted, and the command has not been. */
  #owed: number;
  /** Bytes that the command may write, or has, and the client's socket has not taken. */
  #ahead: number;
  #command: RunningCommand | undefined;

  /** @param granted bytes that the client has granted */
  constructor(connection: Connection, id: number, granted: number) {
    this.#connection = connection;
    this.#id = id;
    this.#ahead = Math.min(granted, MAX_AHEAD);
    this.#owed = granted - this.#ahead;
  }

  /** Bytes that the command may write at first. */
  get ahead(): number {
    return this.#ahead;
  }

  started(command: RunningCommand): void {
    this.#command = command;
    this.#connection.send(encode({ type: 'started', id: this.#id, pid: command.pid }));
  }

  grant(bytes: number): void {
    this.#owed += bytes;
    this.#allow();
  }

  take(which: 1 | 2, bytes: Buffer): void {
    const name = which === 1 ? 'stdout' : 'stderr';
    if (this.#connection.isWaiting) this.#held[name].add(bytes);
    else this.#send(name, bytes);
  }

  /** Sends what was held while the client did not read. */
  flush(): void {
    for (const name of ['stdout', 'stderr'] as const) {
      for (const piece of this.#held[name].take()) this.#send(name, piece);
    }
  }

  #send(type: 'stdout' | 'stderr', bytes: Buffer): void {
    this.#connection.sendHeld(encode({ type, id: this.#id }, bytes), () => {
      if (this.#connection.closed) return;
      this.#ahead -= bytes.length;
      this.#allow();
    });
  }

  #allow(): void {
    const bytes = Math.min(this.#owed, MAX_AHEAD - this.#ahead);
    if (bytes <= 0) return;
    this.#owed -= bytes;
    this.#ahead += bytes;
    this.#command?.allow(bytes);
  }
}
