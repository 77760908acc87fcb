import { encode, MAX_TEXT, MessageError } from '../wire/encoding.js';
import {
  type Exit,
  type FromDaemon,
  KILL_AFTER,
  type ToDaemon,
  type Welcome,
} from '../wire/messages.js';
import { AnswerDeadline } from './answer-deadline.js';
import { type CallEvent, publishEnd, publishStart } from './call-channels.js';
import { onAbort } from './cancellation.js';
import type { CommandInput } from './command-input.js';
import type { CommandOutput } from './command-output.js';
import type { Connection } from './connection.js';
import {
  CommandFailedError,
  CommandStartError,
  DaemonLostError,
  NotExecutableError,
  RefusedError,
  type RootwrapError,
} from './errors.js';
import { MAX_ANSWER_DELAY_MS, MAX_OUTPUT, OUTPUT_WINDOW } from './limits.js';
import type { ExecuteOptions } from './options.js';
import { type AnyResult, type Ending, makeResult, NEVER_SENT, present } from './result.js';
import type { RunMessage } from './run-message.js';
import { type Arrows, StateMachine } from './state-machine.js';

/** A message from the daemon about one command. */
export type Answer = Exclude<FromDaemon, { type: 'hello' | 'error' | 'goodbye' }>;

/** A message to the daemon about this command. */
type Post = { type: 'stdin'; end?: boolean } | { type: 'signal'; signal: string };

/**
 * - `waiting`: for a daemon, or for its turn
 * - `sent`: to a daemon, which may send it back
 * - `over`: its promise is settled
 */
type State = 'waiting' | 'sent' | 'over';

const ARROWS: Arrows<State> = {
  waiting: ['sent', 'over'],
  sent: ['waiting', 'over'],
  over: [],
};

const HEADER_BYTES = 8;

let count = 0;

export interface RequestParts {
  readonly message: RunMessage;
  readonly options: ExecuteOptions;
  /** Sent along with the message, when there is no `input`. */
  readonly bytes: Uint8Array;
  /** Aborting it ends the command. */
  readonly signal: AbortSignal | undefined;
  readonly resolve: (result: AnyResult) => void;
  readonly reject: (error: RootwrapError | RangeError) => void;
}

/** One command, from the call to its result. */
export class Request {
  readonly #parts: RequestParts;
  /** Input that is fed. */
  input: CommandInput | undefined;
  /** Output that is streamed. */
  output: CommandOutput | undefined;
  /** Told of the process of a command that streams. */
  onStarted: (pid: number) => void = () => {};
  /** Earlier calls are sent before later ones. */
  readonly order = ++count;
  /** Told when it is over, by whoever has it in a queue. */
  onOver: (() => void) | undefined;
  /** Bytes of output that its answer may have. */
  maxAnswerBytes = 0;
  readonly #state = new StateMachine<State>(ARROWS, 'waiting');
  /** For those who listen to calls, if any do. */
  readonly #event: CallEvent | undefined;
  #connection: Connection | undefined;
  #id = 0;
  #sentAt = 0;
  #canceled = false;
  #overflowed = false;
  #inputError: Error | undefined;
  /** What was posted before a daemon showed that it has the command; sent again to another one. */
  #unconfirmed: { post: Post; bytes: Uint8Array }[] | undefined;
  #isTakenOn = false;
  #unlisten: (() => void) | undefined;
  /** Only for a command that has to end. */
  #deadline: AnswerDeadline | undefined;

  constructor(parts: RequestParts) {
    this.#parts = parts;
    const { signal } = parts;
    this.#event = publishStart(parts.message.argv);
    if (signal) this.#unlisten = onAbort(signal, () => this.cancel());
  }

  get options(): ExecuteOptions {
    return this.#parts.options;
  }

  get argv(): readonly string[] {
    return this.#parts.message.argv;
  }

  /** Whether its daemon has said anything of it. */
  get isTakenOn(): boolean {
    return this.#isTakenOn;
  }

  get isOver(): boolean {
    return this.#state.now === 'over';
  }

  /** The frames that ask for it; undefined when they are too large, which fails it. */
  attach(connection: Connection, id: number, limits: Welcome['limits']): Buffer[] | undefined {
    const { message, bytes } = this.#parts;
    const mostOutput = Math.min(message.maxOutput ?? Infinity, limits.output, MAX_OUTPUT);
    const first = encode(
      {
        ...message,
        id,
        ...((message.maxOutput !== undefined || mostOutput < limits.output) && {
          maxOutput: mostOutput,
        }),
        ...(this.input && { feeding: true }),
        ...(this.output && { window: OUTPUT_WINDOW }),
        ...(this.#event && limits.tellsFilter && { tellFilter: true }),
      },
      bytes,
    );
    const length = first.length - HEADER_BYTES;
    const textLength = length - bytes.length - (bytes.length > 0 ? 1 : 0);
    const isTextTooLong = textLength > MAX_TEXT;
    if (isTextTooLong || length > limits.frame) {
      const size = isTextTooLong
        ? `${textLength} bytes of words and variables; the daemon takes ${MAX_TEXT}`
        : `${length} bytes; the daemon takes ${limits.frame}`;
      this.fail(tooLarge(size));
      return undefined;
    }
    if (!this.#state.enter('sent')) return undefined;
    this.#connection = connection;
    this.#id = id;
    this.#sentAt = performance.now();
    this.maxAnswerBytes = this.output ? OUTPUT_WINDOW : mostOutput;
    if (message.timeout !== undefined) this.#expectEnd(message.timeout);
    if (this.output) {
      this.output.mostCollected = mostOutput;
      this.output.onOverflow = () => this.overflow();
    }
    const again = this.#unconfirmed;
    const { input } = this;
    if (input) {
      const spent = again?.reduce((sum, { bytes }) => sum + bytes.length, 0) ?? 0;
      // In a moment, since what it sends has to come behind the frames that are returned here.
      queueMicrotask(() => {
        if (this.#connection === connection) input.credit = limits.input - spent;
      });
    }
    if (!again) return [first];
    return [first, ...again.map(({ post, bytes }) => encode({ ...post, id }, bytes))];
  }

  /** More about a command that runs. @returns whether it is over @throws MessageError */
  receive(message: Answer, bytes: Buffer): boolean {
    if (this.#isTakenOn && (message.type === 'refused' || message.type === 'failed')) {
      throw new MessageError(`${message.type}, for a command that was taken on`);
    }
    this.#isTakenOn = true;
    this.#unconfirmed = undefined;
    switch (message.type) {
      case 'exit':
        if (bytes.length > this.maxAnswerBytes)
          throw new MessageError('more output than was asked for');
        this.#exited(message, bytes);
        return true;
      case 'refused': {
        const { reason, misses } = message;
        if (reason === 'unauthorized')
          this.fail(new RefusedError(this.argv, message.message, misses));
        else this.fail(new NotExecutableError(this.argv, message.message));
        return true;
      }
      case 'failed':
        this.fail(new CommandStartError(this.argv, message.code, message.message));
        return true;
      case 'window':
        this.input?.grant(message.bytes);
        return false;
      case 'started':
        if (!this.output) throw new MessageError('started, for a command that does not stream');
        this.onStarted(message.pid);
        return false;
      case 'stdout':
      case 'stderr':
        if (!this.output?.take(message.type, bytes)) {
          throw new MessageError(`more ${message.type} than was asked for`);
        }
        return false;
    }
  }

  /** It is over and has no result. */
  fail(error: RootwrapError | RangeError): void {
    if (!this.#state.enter('over')) return;
    if (this.#event) publishEnd(this.#event, error);
    this.#parts.reject(error);
    this.output?.destroy(error);
    this.#release();
  }

  /** Sent when the daemon is there. Nothing when the command is over. */
  post(post: Post, bytes: Uint8Array = NOTHING): void {
    if (this.isOver) return;
    if (!this.#isTakenOn) {
      this.#unconfirmed ??= [];
      this.#unconfirmed.push({ post, bytes });
    }
    this.#write({ ...post, id: this.#id }, bytes);
  }

  grantOutput(bytes: number): void {
    this.#write({ type: 'window', id: this.#id, bytes });
  }

  /** Ends it. Its result says so when it is over, at once when it was not sent. */
  cancel(): void {
    if (this.#canceled || this.isOver) return;
    this.#canceled = true;
    if (this.#state.now === 'waiting') this.#finish(NEVER_SENT, NOTHING, NOTHING);
    else this.#abort();
  }

  /** Ends it since not all of its input can be had. */
  inputFailed(error: Error): void {
    if (this.isOver) return;
    this.#inputError ??= error;
    this.cancel();
  }

  /** Its daemon has not run it, so that another one may. @returns false when nobody wants that */
  detach(): boolean {
    this.#connection = undefined;
    this.#deadline?.clear();
    if (!this.#state.enter('waiting')) return false;
    if (this.input) this.input.credit = 0;
    if (!this.#canceled && !this.#overflowed) return true;
    this.#finish(NEVER_SENT, NOTHING, NOTHING);
    return false;
  }

  #write(message: ToDaemon, bytes: Uint8Array = NOTHING): void {
    if (this.#state.now === 'sent') this.#connection?.write(encode(message, bytes));
  }

  /** It has written more than it may: ends it. */
  overflow(): void {
    this.#overflowed = true;
    this.#abort();
  }

  #abort(): void {
    this.#write({ type: 'abort', id: this.#id });
    this.#expectEnd(0);
  }

  /** The daemon has so many milliseconds before it has to end it; then it may need to kill it. */
  #expectEnd(milliseconds: number): void {
    const { killAfter = KILL_AFTER } = this.#parts.message;
    this.#deadline ??= new AnswerDeadline(
      () => this.#overdue(),
      () => this.output?.isHeldUp ?? false,
    );
    this.#deadline.set(milliseconds + killAfter);
  }

  #overdue(): void {
    const why = `the daemon did not end it in time, nor say so ${MAX_ANSWER_DELAY_MS / 1000} seconds later; given up`;
    this.fail(new DaemonLostError(this.argv, true, why));
    this.#connection?.abandon(this.#id);
  }

  #exited(exit: Exit, bytes: Buffer): void {
    const { code, signal } = exit;
    const known = exit.filter !== undefined && { filter: exit.filter };
    const ending: Ending = this.#overflowed ? { code, signal, overflowed: true, ...known } : exit;
    this.#finish(ending, bytes.subarray(0, exit.stdout), bytes.subarray(exit.stdout));
  }

  #finish(ending: Ending, stdout: Buffer, stderr: Buffer): void {
    if (!this.#state.enter('over')) return;
    const { options, signal, resolve, reject } = this.#parts;
    const duration = this.#sentAt === 0 ? 0 : performance.now() - this.#sentAt;
    let out: Buffer | undefined = stdout;
    let err: Buffer | undefined = stderr;
    if (this.output) {
      // A command that is carried out without a process has its output in the answer.
      if (stdout.length > 0) this.output.deliver('stdout', stdout);
      if (stderr.length > 0) this.output.deliver('stderr', stderr);
      out = this.output.collected('stdout');
      err = this.output.collected('stderr');
    }
    const result = makeResult(
      this.argv,
      ending,
      out && present(out, options),
      err && present(err, options),
      duration,
    );
    this.output?.finish();
    const error =
      result.failed && options.reject !== false ? this.#failure(result, signal) : undefined;
    if (this.#event) publishEnd(this.#event, error, result, ending.filter);
    if (error) reject(error);
    else resolve(result);
    this.#release();
  }

  #failure(result: AnyResult, signal: AbortSignal | undefined): CommandFailedError {
    const cause = this.#inputError;
    if (cause) return new CommandFailedError(result, { cause, inputFailed: true });
    const isCause = result.isCanceled && signal?.aborted;
    return new CommandFailedError(result, isCause ? { cause: signal.reason } : {});
  }

  #release(): void {
    this.#deadline?.clear();
    this.#unlisten?.();
    this.input?.destroy();
    this.onOver?.();
  }
}

const NOTHING = Buffer.alloc(0);

function tooLarge(size: string): RangeError {
  return new RangeError(`the command is too large (${size}): give it fewer or shorter words`);
}
