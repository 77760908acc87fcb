import type { CommandEnd, RunningCommand } from '../exec/running-command.js';
import { signalName, signalOfName } from '../exec/signal-names.js';
import type { Miss } from '../policy/decision.js';
import { decode, encode, MessageError } from '../wire/encoding.js';
import {
  type Exit,
  INPUT_WINDOW,
  KILL_AFTER,
  PROTOCOL,
  type RefusedMiss,
  type Run,
  type Stdin,
  type ToDaemon,
} from '../wire/messages.js';
import { isToDaemon } from '../wire/validators.js';
import { VERSION } from '../wire/version.js';
import type { Answer } from './commands.js';
import type { Connection } from './connection.js';
import type { Dialect, Host } from './dialect.js';

/** Bytes of one command's output that may wait for the client, however many it grants. */
const MOST_AHEAD = 1024 * 1024;

/** How much of a refusal's explanation is told: filters, and characters of a word or a reason. */
const MOST_MISSES = 100;
const LONGEST_WORD = 1000;

/** A command of this connection that has not ended. */
interface Current {
  readonly command: RunningCommand;
  readonly streaming: boolean;
  /** More input is expected. */
  feeding: boolean;
  /** Bytes of input that may still come before we grant more. */
  inputWindow: number;
  /** Bytes of output that the client has granted and the command has not. */
  owed: number;
  /** Bytes of output that the command may write, or has, and the client's socket has not taken. */
  ahead: number;
}

/** tsrootwrap's own dialect: many commands at once, told apart by id. See docs/protocol.md. */
export class ObjectDialect implements Dialect {
  readonly #connection: Connection;
  readonly #host: Host;
  readonly #running = new Map<number, Current>();
  #greeted = false;
  #last = 0;
  #leaving = false;

  constructor(connection: Connection, host: Host) {
    this.#connection = connection;
    this.#host = host;
  }

  receive(payload: Buffer): void {
    try {
      const { value, bytes } = decode(payload);
      if (!isToDaemon(value)) throw new MessageError(finding());
      if (bytes.length > 0 && value.type !== 'run' && value.type !== 'stdin') {
        throw new MessageError(`bytes behind a message of type ${value.type}`);
      }
      this.#host.touch();
      this.#take(value, bytes);
    } catch (error) {
      if (!(error instanceof MessageError)) throw error;
      this.#break(error.message);
    }
  }

  /** What can still be answered is; input that is not whole must not be taken for whole. */
  inputEnded(): void {
    this.#leaving = true;
    for (const { command, feeding, streaming } of this.#running.values()) {
      if (feeding || streaming) command.end('aborted');
    }
    this.#endWhenDone();
  }

  closed(): void {
    this.inputEnded();
    for (const { command, streaming } of this.#running.values()) {
      if (streaming) command.forsake();
    }
    this.#running.clear(); // commands that need nobody run on; nobody is told
  }

  leave(): void {
    if (this.#leaving) return;
    this.#leaving = true;
    this.#connection.send(encode({ type: 'goodbye', last: this.#last }));
    this.#endWhenDone();
  }

  #take(message: ToDaemon, bytes: Buffer): void {
    if (message.type === 'hello') {
      this.#greet(message.protocol);
      return;
    }
    if (!this.#greeted) throw new MessageError('the first message is not hello');
    if (message.type === 'run') {
      this.#run(message, bytes);
      return;
    }
    const { id } = message;
    if (id > this.#last && !this.#leaving) throw new MessageError(`id ${id} was never used`);
    const current = this.#running.get(id);
    if (current === undefined) return; // its end has crossed this message
    const { command } = current;
    switch (message.type) {
      case 'stdin':
        this.#feed(current, message, bytes);
        return;
      case 'window':
        if (!current.streaming) throw new MessageError('a window for collected output');
        current.owed += message.bytes;
        allow(current);
        return;
      case 'abort':
        command.end('aborted');
        return;
      case 'signal':
        command.signal(known(message.signal));
    }
  }

  #greet(protocol: number): void {
    if (this.#greeted) throw new MessageError('a second hello');
    if (protocol !== PROTOCOL) throw new MessageError(`protocol ${protocol}; this is ${PROTOCOL}`);
    this.#greeted = true;
    const { maxFrame: frame, maxRequests: requests, maxOutput: output } = this.#host.limits;
    const limits = { frame, requests, output, input: INPUT_WINDOW };
    this.#connection.send(encode({ type: 'hello', protocol: PROTOCOL, version: VERSION, limits }));
  }

  #run(message: Run, input: Buffer): void {
    const { id, feeding = false, window, timeout, maxOutput, environment } = message;
    if (this.#leaving) return; // goodbye has told that this is not run
    if (id <= this.#last) throw new MessageError(`id ${id} is not above ${this.#last}`);
    const killSignal = known(message.killSignal ?? 'SIGTERM');
    const inputWindow = INPUT_WINDOW - input.length;
    if (feeding && inputWindow < 0) throw new MessageError('more input than was granted');
    this.#last = id;
    const ahead = Math.min(window ?? 0, MOST_AHEAD);
    const answer = this.#host.commands.run(
      {
        words: message.argv,
        limits: {
          killSignal,
          killAfter: message.killAfter ?? KILL_AFTER,
          ...(timeout !== undefined && { timeout }),
        },
        ...(environment && { variables: environment }),
        ...(input.length > 0 && { input }),
        ...(feeding && { feeding }),
        ...(window !== undefined && { window: ahead }),
        ...(maxOutput !== undefined && { mostOutput: maxOutput }),
      },
      this.#connection.peer,
      {
        ended: (end) => {
          this.#running.delete(id);
          this.#exit(id, end);
        },
        output: (which, bytes) => this.#output(id, which, bytes),
        fed: (count) => this.#grant(id, count),
      },
    );
    const owed = (window ?? 0) - ahead;
    const streaming = window !== undefined;
    this.#answer(id, answer, { streaming, feeding, inputWindow, owed, ahead });
  }

  #output(id: number, which: 1 | 2, bytes: Buffer): void {
    const current = this.#running.get(id);
    if (current === undefined) return;
    const type = which === 1 ? 'stdout' : 'stderr';
    this.#connection.send(encode({ type, id }, bytes), () => {
      current.ahead -= bytes.length;
      allow(current);
    });
  }

  #answer(id: number, answer: Answer, streams: Omit<Current, 'command'>): void {
    switch (answer.kind) {
      case 'running': {
        const { command } = answer;
        this.#running.set(id, { command, ...streams });
        if (streams.streaming) {
          this.#connection.send(encode({ type: 'started', id, pid: command.pid }));
        }
        return;
      }
      case 'ended':
        this.#exit(id, answer.end);
        return;
      case 'refused': {
        const { reason, message, misses } = answer;
        const explanation = this.#host.limits.explainRefusals && { misses: explain(misses) };
        this.#connection.send(encode({ type: 'refused', id, reason, message, ...explanation }));
        return;
      }
      case 'failed': {
        const { code, message } = answer;
        this.#connection.send(encode({ type: 'failed', id, code, message }));
      }
    }
  }

  #feed(current: Current, { id, end = false }: Stdin, bytes: Buffer): void {
    if (!current.feeding) throw new MessageError('input behind its end');
    current.inputWindow -= bytes.length;
    if (current.inputWindow < 0) throw new MessageError('more input than was granted');
    if (bytes.length > 0 && !current.command.feed(bytes)) this.#grant(id, bytes.length);
    if (!end) return;
    current.feeding = false;
    current.command.feed(null);
  }

  #grant(id: number, bytes: number): void {
    const current = this.#running.get(id);
    if (!current?.feeding) return;
    current.inputWindow += bytes;
    this.#connection.send(encode({ type: 'window', id, bytes }));
  }

  #exit(id: number, { code, signal, stdout, stderr, reason, heldOpen }: CommandEnd): void {
    const exit: Exit = {
      type: 'exit',
      id,
      code,
      signal: signal === null ? null : signalName(signal),
      stdout: stdout.length,
      stderr: stderr.length,
      ...(reason && { [reason]: true }),
      ...(heldOpen && { heldOpen }),
    };
    this.#host.touch();
    this.#connection.send(encode(exit, stdout, stderr));
    this.#endWhenDone();
  }

  #endWhenDone(): void {
    if (this.#leaving && this.#running.size === 0) this.#connection.end();
  }

  #break(message: string): void {
    this.#host.complain(this.#connection.peer, `breaks the protocol: ${message}`);
    this.#connection.send(encode({ type: 'error', message }));
    this.inputEnded();
    this.#connection.end();
  }
}

function allow(current: Current): void {
  const bytes = Math.min(current.owed, MOST_AHEAD - current.ahead);
  if (bytes <= 0) return;
  current.owed -= bytes;
  current.ahead += bytes;
  current.command.allow(bytes);
}

/** A word may be as long as a frame, and each of many filters may have looked at it. */
function explain(misses: readonly Miss[]): RefusedMiss[] {
  return misses.slice(0, MOST_MISSES).map(({ filter, reason, word }) => {
    const told = word !== undefined && { word: word.slice(0, LONGEST_WORD) };
    return { filter: filter.name, reason: reason.slice(0, LONGEST_WORD), ...told };
  });
}

function known(name: string): number {
  const number = signalOfName(name);
  if (number === undefined) throw new MessageError(`there is no signal ${name}`);
  return number;
}

function finding(): string {
  const [first] = isToDaemon.errors ?? [];
  return `${first?.instancePath || 'message'} ${first?.message ?? 'is not known'}`;
}
