import { isUtf8 } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import type { CommandEnd } from '../exec/running-command.js';
import { decode, MessageError } from '../wire/encoding.js';
import { frame } from '../wire/frames.js';
import { KILL_AFTER } from '../wire/messages.js';
import { decodeSurrogateEscape, encodeSurrogateEscape } from '../wire/surrogate-escape.js';
import {
  isOsloRequest,
  isOsloRun,
  type OsloRequest,
  type OsloRun,
  type TextOrBytes,
} from '../wire/validators.js';
import type { Answer } from './commands.js';
import type { Connection } from './connection.js';
import type { Dialect, Host } from './dialect.js';

/** oslo.rootwrap's exit codes (its cmd.py). */
const UNAUTHORIZED = 99;
const NOT_EXECUTABLE = 96;

/** The one object there is. Every `create` answers it, so that nobody need count references. */
const OBJECT = randomBytes(8).toString('hex');
const METHODS = ['run_one_command', 'shutdown'] as const;
/** Of run_one_command. */
const PARAMETERS = ['userargs', 'stdin'];

const LIMITS = { killSignal: 15, killAfter: KILL_AFTER };

/**
 * The wire of Python's multiprocessing.managers, as oslo_rootwrap.client speaks it: one request at
 * a time, the first of a connection to the manager.
 */
export class OsloDialect implements Dialect {
  readonly #connection: Connection;
  readonly #host: Host;
  /** Frames that came while a command runs. */
  readonly #waiting: Buffer[] = [];
  #accepted = false;
  #busy = false;
  #leaving = false;

  constructor(connection: Connection, host: Host) {
    this.#connection = connection;
    this.#host = host;
  }

  receive(payload: Buffer): void {
    if (this.#busy) {
      this.#waiting.push(Buffer.from(payload));
      this.#connection.hold(true);
      return;
    }
    if (this.#leaving) return;
    this.#host.touch();
    try {
      const { value } = decode(payload);
      if (!isOsloRequest(value)) throw new MessageError('not [id, method, args, kwargs]');
      if (this.#accepted) this.#object(value);
      else this.#manager(value);
    } catch (error) {
      if (!(error instanceof MessageError)) throw error;
      this.#host.complain(this.#connection.peer, `breaks the protocol: ${error.message}`);
      this.#raise(error.message);
      this.#connection.end();
    }
  }

  inputEnded(): void {
    this.leave();
  }

  closed(): void {
    this.#leaving = true; // what runs was asked for and runs on, as with oslo.rootwrap
    this.#waiting.length = 0;
  }

  leave(): void {
    this.#leaving = true;
    if (!this.#busy) this.#connection.end();
  }

  #manager([id, method, args]: OsloRequest): void {
    if (id !== null) throw new MessageError('the first request is not to the manager');
    switch (method) {
      case 'accept_connection':
        this.#accepted = true;
        this.#reply('#RETURN', null);
        return;
      case 'create':
        if (args[0] !== 'rootwrap') throw new MessageError('there is only rootwrap to create');
        this.#reply('#RETURN', [OBJECT, METHODS]);
        break;
      case 'get_methods':
        this.#reply('#RETURN', METHODS);
        break;
      case 'number_of_objects':
        this.#reply('#RETURN', 1);
        break;
      case 'dummy':
      case 'incref':
      case 'decref':
        this.#reply('#RETURN', null);
        break;
      case 'debug_info':
        this.#reply('#RETURN', `  ${OBJECT}: rootwrap`);
        break;
      case 'shutdown':
        this.#reply('#RETURN', null);
        this.#host.stop('a client asked for it');
        break;
      default:
        throw new MessageError(`the manager has no ${method}`);
    }
    this.#connection.end();
  }

  #object([id, method, args, kwargs]: OsloRequest): void {
    if (id !== OBJECT) {
      this.#raise('KeyError: there is no such object');
      return;
    }
    switch (method) {
      case 'run_one_command':
        this.#run(args, kwargs);
        return;
      case 'shutdown':
        this.#reply('#RETURN', null);
        this.#host.stop('a client asked for it');
        return;
      default:
        this.#raise(`AttributeError: rootwrap has no ${method}`);
        return;
    }
  }

  #run(args: readonly unknown[], kwargs: Readonly<Record<string, unknown>>): void {
    const run = byPosition(args, kwargs);
    if (!isOsloRun(run)) {
      this.#raise('TypeError: run_one_command takes words and stdin');
      return;
    }
    const [words, stdin = null] = run as OsloRun;
    const input = stdin === null ? undefined : bytesOf(stdin);
    if (stdin !== null && input === undefined) {
      this.#raise('UnicodeEncodeError: stdin holds a surrogate');
      return;
    }
    const answer = this.#host.commands.run(
      { words: words.map(textOf), limits: LIMITS, ...(input && { input }) },
      this.#connection.peer,
      { ended: (end) => this.#ended(end) },
    );
    this.#answer(answer);
  }

  #answer(answer: Answer): void {
    switch (answer.kind) {
      case 'running':
        this.#busy = true;
        return;
      case 'ended':
        this.#result(answer.end);
        return;
      case 'refused': {
        const code = answer.reason === 'unauthorized' ? UNAUTHORIZED : NOT_EXECUTABLE;
        this.#reply('#RETURN', [code, '', '']);
        return;
      }
      case 'failed':
        this.#raise(`OSError: ${answer.message}`);
        return;
    }
  }

  #ended(end: CommandEnd): void {
    this.#busy = false;
    this.#host.touch();
    this.#result(end);
    if (this.#leaving) {
      this.#connection.end();
      return;
    }
    while (!this.#busy && !this.#connection.closed) {
      const next = this.#waiting.shift();
      if (next === undefined) {
        this.#connection.hold(false);
        return;
      }
      this.receive(next);
    }
  }

  #result({ code, signal, stdout, stderr, reason }: CommandEnd): void {
    if (reason === 'overflowed') {
      const limit = `${this.#host.limits.maxOutput} bytes (daemon_max_output)`;
      this.#raise(`MemoryError: the command wrote more than ${limit}`);
      return;
    }
    const status = code ?? -(signal ?? 0);
    const output = [stdout, stderr].map(decodeSurrogateEscape);
    this.#reply('#RETURN', [status, ...output]);
  }

  /** Has the client raise an exception. It prints the message above a line, as it does a traceback. */
  #raise(message: string): void {
    this.#reply('#TRACEBACK', `${message}\n`);
  }

  #reply(kind: '#RETURN' | '#TRACEBACK', result: unknown): void {
    this.#connection.send(frame(JSON.stringify([kind, result])));
  }
}

/** The arguments of run_one_command; undefined when a name is not known or was given already. */
function byPosition(
  args: readonly unknown[],
  kwargs: Readonly<Record<string, unknown>>,
): readonly unknown[] | undefined {
  const names = PARAMETERS.slice(args.length);
  if (!Object.keys(kwargs).every((name) => names.includes(name))) return undefined;
  const named = names.map((name) => kwargs[name]);
  while (named.length > 0 && named.at(-1) === undefined) named.pop();
  return [...args, ...named];
}

/** A word. Bytes that are no text become one that the policy refuses. */
function textOf(word: TextOrBytes): string {
  if (typeof word === 'string') return word;
  const bytes = Buffer.from(word.__bytes__, 'base64');
  return isUtf8(bytes) ? bytes.toString() : decodeSurrogateEscape(bytes);
}

function bytesOf(stdin: TextOrBytes): Buffer | undefined {
  if (typeof stdin !== 'string') return Buffer.from(stdin.__bytes__, 'base64');
  return encodeSurrogateEscape(stdin);
}
