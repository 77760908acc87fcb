import { isUtf8 } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import type { CommandEnd, RunningCommand } from '../exec/running-command.js';
import { decodeBounded, MessageError } from '../wire/encoding.js';
import { escapedLength, escapedPieces } from '../wire/escaped-text.js';
import { frame, frameHead } from '../wire/frames.js';
import { type CutJson, cutLongTexts, decodeBase64, LongTexts } from '../wire/long-texts.js';
import { KILL_AFTER } from '../wire/messages.js';
import type { Slices } from '../wire/slices.js';
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
import { type CommandMemory, SHORT } from './memory.js';
import { OutputAnswer } from './output-answer.js';
import { Payload } from './payload.js';
import { doInTurns } from './turns.js';

/** oslo.rootwrap's exit codes (its cmd.py). */
const UNAUTHORIZED = 99;
const NOT_EXECUTABLE = 96;

/** The one object there is. Every `create` answers it, so that nobody need count references. */
const OBJECT = randomBytes(8).toString('hex');
const METHODS = ['run_one_command', 'shutdown'] as const;
/** Of run_one_command. */
const PARAMETERS = ['userargs', 'stdin'];

/** Bytes of output that are answered at once, whatever becomes of them as text. */
const QUICK = 8 * 1024;
/** Bytes of other answers that are sent at a time. */
const PIECE = 32 * 1024;
/** Characters of a message that an exception tells. */
const MAX_SHOWN = 4096;

const NOTHING = Buffer.alloc(0);
const NO_PAYLOAD = new Payload(NOTHING);
const NO_TEXTS = new LongTexts();

const LIMITS = { killSignal: 15, killAfter: KILL_AFTER };

/**
 * The wire of Python's multiprocessing.managers, as oslo_rootwrap.client speaks it: one request at
 * a time, the first of a connection to the manager.
 */
export class OsloDialect implements Dialect {
  readonly #connection: Connection;
  readonly #host: Host;
  #accepted = false;
  /** A request is being read, runs or is being answered; no other is taken. */
  #isBusy = false;
  /** What was sent is needed until it is decided about. */
  #isUndecided = false;
  #leaving = false;
  /** The request that is being carried out, and the long texts that were in it. */
  #payload = NO_PAYLOAD;
  #command: RunningCommand | undefined;
  #long = NO_TEXTS;

  constructor(connection: Connection, host: Host) {
    this.#connection = connection;
    this.#host = host;
  }

  receive(payload: Payload): void {
    this.#host.touch();
    this.#payload = payload;
    if (payload.bytes.length <= SHORT) {
      this.#attempt(() => this.#take(decodeBounded(payload.bytes).value, NO_TEXTS));
      return;
    }
    this.#begin();
    this.#slowly(readLong(payload.bytes), ({ value, long }) => {
      this.#attempt(() => this.#take(value, long));
    });
  }

  inputEnded(): void {
    this.leave();
  }

  closed(): void {
    this.#leaving = true; // what runs was asked for and runs on, as with oslo.rootwrap
    this.#command?.discard();
    if (!this.#isUndecided) this.#freeRequest();
  }

  leave(): void {
    this.#leaving = true;
    if (!this.#isBusy) this.#connection.end();
  }

  #take(value: unknown, long: LongTexts): void {
    this.#long = long;
    if (!isOsloRequest(value)) throw new MessageError('not [id, method, args, kwargs]');
    if (this.#accepted) this.#object(value);
    else this.#manager(value);
  }

  /** Does something with what the client sent, which may be no request. */
  #attempt(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    if (!(error instanceof MessageError)) throw error;
    this.#host.complain(this.#connection.peer, `breaks the protocol: ${error.message}`);
    this.#leaving = true; // what may have come behind it is not looked at
    this.#raise(error.message);
    this.#connection.end();
  }

  /** Work on what the client sent, or is sent: others have their turn in between. */
  #slowly<Result>(work: Slices<Result>, done: (result: Result) => void): void {
    const isWanted = () => !this.#connection.closed;
    doInTurns(work, isWanted, { done, failed: (error) => this.#failed(error) });
  }

  #begin(): void {
    this.#isBusy = true;
    this.#connection.hold(true);
  }

  #freeRequest(): void {
    this.#payload.free();
    this.#payload = NO_PAYLOAD;
    this.#long = NO_TEXTS;
  }

  #manager([id, method, args]: OsloRequest): void {
    if (id !== null) throw new MessageError('the first request is not to the manager');
    this.#leaving ||= method !== 'accept_connection';
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
    const long = this.#long;
    if (words.some((word) => isLong(word, long))) {
      this.#raise(
        `OSError: Cannot run ${String(words[0]).slice(0, MAX_SHOWN)}: a word is too long`,
      );
      return;
    }
    if (stdin !== null && typeof stdin !== 'string' && long.has(stdin.__bytes__)) {
      this.#begin();
      const text = long.get(stdin.__bytes__) ?? NOTHING;
      this.#slowly(decodeBase64(text), (input) => this.#start(words, input));
      return;
    }
    const input = stdin === null ? null : bytesOf(stdin, long);
    if (input === undefined) this.#raise('UnicodeEncodeError: stdin holds a surrogate');
    else this.#start(words, input);
  }

  #start(words: readonly TextOrBytes[], input: Buffer | null): void {
    const { memory } = this.#payload;
    this.#isUndecided = true;
    this.#host.commands.run(
      {
        words: words.map(textOf),
        limits: LIMITS,
        ...(input && { input }),
        ...(input && memory && { sent: memory }),
      },
      this.#connection.peer,
      {
        answered: (answer) => {
          this.#decided();
          this.#answer(answer);
        },
        isWanted: () => !this.#connection.closed,
        dropped: () => this.#decided(),
        ended: (end, memory) => this.#ended(end, memory),
      },
    );
    if (this.#isUndecided) this.#begin();
  }

  #decided(): void {
    this.#isUndecided = false;
    this.#freeRequest();
  }

  #answer(answer: Answer): void {
    switch (answer.kind) {
      case 'running':
        this.#command = answer.command;
        this.#begin();
        return;
      case 'ended':
        this.#reply('#RETURN', resultOf(answer.end));
        return;
      case 'refused': {
        const code = answer.reason === 'unauthorized' ? UNAUTHORIZED : NOT_EXECUTABLE;
        this.#reply('#RETURN', [code, '', '']);
        return;
      }
      case 'failed':
        this.#raise(`OSError: ${answer.message.slice(0, MAX_SHOWN)}`);
        return;
    }
  }

  #ended(end: CommandEnd, memory: CommandMemory): void {
    this.#host.touch();
    this.#command = undefined;
    const { stdout, stderr, reason } = end;
    if (reason === 'overflowed') {
      const { maxOutput } = this.#host.limits;
      const isAll = stdout.length + stderr.length >= maxOutput;
      const limit = isAll
        ? `${maxOutput} bytes (daemon_max_output)`
        : 'there is memory for (daemon_max_memory)';
      memory.release();
      this.#raise(`MemoryError: the command wrote more than ${limit}`);
      return;
    }
    if (stdout.length + stderr.length <= QUICK) {
      const text = JSON.stringify(['#RETURN', resultOf(end)]);
      this.#connection.sendHeld(frame(text), () => memory.release());
      this.#done();
      return;
    }
    const work = answerLength(end);
    // what it holds has to be freed, even if nobody wants it
    doInTurns(work, () => true, {
      done: (length) => {
        const pieces = answerPieces(end, length);
        this.#connection.sendLong(new OutputAnswer(pieces, [stdout, stderr], memory));
        this.#done();
      },
      failed: (error) => {
        throw error;
      },
    });
  }

  /** Has the client raise an exception. It prints the message above a line, as it does a traceback. */
  #raise(message: string): void {
    this.#reply('#TRACEBACK', `${message}\n`);
  }

  #reply(kind: '#RETURN' | '#TRACEBACK', result: unknown): void {
    this.#connection.send(frame(JSON.stringify([kind, result])));
    this.#done();
  }

  /** The request has been answered. */
  #done(): void {
    this.#freeRequest();
    if (!this.#isBusy) return;
    this.#isBusy = false;
    if (this.#leaving) this.#connection.end();
    else this.#connection.hold(false);
  }
}

/** A request that is long for what is in it: JSON, and the long texts that were in it. */
function* readLong(payload: Buffer): Slices<{ value: unknown; long: LongTexts }> {
  const { text, long }: CutJson = yield* cutLongTexts(payload);
  const { value } = decodeBounded(Buffer.from(text));
  return { value, long };
}

function resultOf({ code, signal, stdout, stderr }: CommandEnd): readonly unknown[] {
  return [code ?? -(signal ?? 0), ...[stdout, stderr].map(decodeSurrogateEscape)];
}

/** What an answer is beside the texts of its outputs. */
function frameOf({ code, signal }: CommandEnd): readonly [string, string, string] {
  return [`["#RETURN",[${code ?? -(signal ?? 0)},"`, '","', '"]]'];
}

function* answerLength(end: CommandEnd): Slices<number> {
  const stdout = yield* escapedLength(end.stdout);
  const stderr = yield* escapedLength(end.stderr);
  return stdout + stderr + frameOf(end).join('').length;
}

function* answerPieces(end: CommandEnd, length: number): Generator<Uint8Array> {
  const [head, between, tail] = frameOf(end);
  const memory = Buffer.allocUnsafeSlow(PIECE);
  yield frameHead(head, length - head.length);
  yield* escapedPieces(end.stdout, memory);
  yield Buffer.from(between);
  yield* escapedPieces(end.stderr, memory);
  yield Buffer.from(tail);
}

/** Whether it was taken out of the JSON for its length: the kernel would take no such word. */
function isLong(word: TextOrBytes, long: LongTexts): boolean {
  return long.has(typeof word === 'string' ? word : word.__bytes__);
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

function bytesOf(stdin: TextOrBytes, long: LongTexts): Buffer | undefined {
  if (typeof stdin !== 'string') return Buffer.from(stdin.__bytes__, 'base64');
  return long.has(stdin) ? long.get(stdin) : encodeSurrogateEscape(stdin);
}
