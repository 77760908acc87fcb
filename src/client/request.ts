import { encode, MessageError } from '../wire/encoding.js';
import type { Exit, FromDaemon, ToDaemon, Welcome } from '../wire/messages.js';
import { onAbort } from './cancellation.js';
import type { CommandInput } from './command-input.js';
import { type CommandOutput, OUTPUT_WINDOW } from './command-output.js';
import type { Connection } from './connection.js';
import {
  CommandFailedError,
  CommandStartError,
  NotExecutableError,
  RefusedError,
  type RootwrapError,
} from './errors.js';
import type { ExecuteOptions } from './options.js';
import { type AnyResult, type Ending, makeResult, NEVER_SENT, present } from './result.js';
import type { RunMessage } from './run-message.js';

/** A message from the daemon about one command. */
export type Answer = Exclude<FromDaemon, { type: 'hello' | 'error' | 'goodbye' }>;

/** A message to the daemon about this command. */
type Post = { type: 'stdin'; end?: boolean } | { type: 'signal'; signal: string };

const HEADER_BYTES = 8;

let count = 0;

export interface RequestParts {
  readonly message: RunMessage;
  readonly options: ExecuteOptions;
  /** Sent along with the message, when there is no `input`. */
  readonly bytes: Uint8Array;
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
  /** How many daemons took leave before they took it. */
  returns = 0;
  #connection: Connection | undefined;
  #id = 0;
  #sentAt = 0;
  #state: 'waiting' | 'running' | 'over' = 'waiting';
  #canceled = false;
  #overflowed = false;
  #inputError: Error | undefined;
  /** What was posted before a daemon showed that it has the command; sent again to another one. */
  #unconfirmed: { post: Post; bytes: Uint8Array }[] | undefined;
  #isConfirmed = false;
  #unlisten: (() => void) | undefined;

  constructor(parts: RequestParts) {
    this.#parts = parts;
    const { cancelSignal } = parts.options;
    if (cancelSignal) this.#unlisten = onAbort(cancelSignal, () => this.cancel());
  }

  get argv(): readonly string[] {
    return this.#parts.message.argv;
  }

  get isOver(): boolean {
    return this.#state === 'over';
  }

  /** The frames that ask for it; undefined when they are too large, which fails it. */
  attach(connection: Connection, id: number, limits: Welcome['limits']): Buffer[] | undefined {
    const { message, bytes } = this.#parts;
    const first = encode(
      {
        ...message,
        id,
        ...(message.maxOutput !== undefined && {
          maxOutput: Math.min(message.maxOutput, limits.output),
        }),
        ...(this.input && { feeding: true }),
        ...(this.output && { window: OUTPUT_WINDOW }),
      },
      bytes,
    );
    if (first.length - HEADER_BYTES > limits.frame) {
      const size = `${first.length - HEADER_BYTES} bytes; the daemon takes ${limits.frame}`;
      this.#over();
      this.output?.destroy(tooLarge(size));
      this.#parts.reject(tooLarge(size));
      return undefined;
    }
    this.#connection = connection;
    this.#id = id;
    this.#sentAt = performance.now();
    this.#state = 'running';
    if (this.output) {
      this.output.mostCollected = Math.min(message.maxOutput ?? Infinity, limits.output);
      this.output.onOverflow = () => this.#overflow();
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
    this.#isConfirmed = true;
    this.#unconfirmed = undefined;
    switch (message.type) {
      case 'exit':
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
  fail(error: RootwrapError): void {
    if (this.#state === 'over') return;
    this.#over();
    this.output?.destroy(error);
    this.#parts.reject(error);
  }

  /** Sent when the daemon is there. Nothing when the command is over. */
  post(post: Post, bytes: Uint8Array = NOTHING): void {
    if (this.#state === 'over') return;
    if (!this.#isConfirmed) {
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
    if (this.#canceled || this.#state === 'over') return;
    this.#canceled = true;
    if (this.#state === 'waiting') this.#finish(NEVER_SENT, NOTHING, NOTHING);
    else this.#write({ type: 'abort', id: this.#id });
  }

  /** Ends it since not all of its input can be had. */
  inputFailed(error: Error): void {
    if (this.#state === 'over') return;
    this.#inputError = error;
    this.cancel();
  }

  /** Its daemon has not run it, so that another one may. @returns false when nobody wants that */
  detach(): boolean {
    this.#connection = undefined;
    if (this.#state === 'over') return false;
    this.#state = 'waiting';
    if (this.input) this.input.credit = 0;
    if (!this.#canceled && !this.#overflowed) return true;
    this.#finish(NEVER_SENT, NOTHING, NOTHING);
    return false;
  }

  #write(message: ToDaemon, bytes: Uint8Array = NOTHING): void {
    if (this.#state === 'running') this.#connection?.write(encode(message, bytes));
  }

  #overflow(): void {
    this.#overflowed = true;
    this.#write({ type: 'abort', id: this.#id });
  }

  #exited(exit: Exit, bytes: Buffer): void {
    const { code, signal } = exit;
    const ending: Ending = this.#overflowed ? { code, signal, overflowed: true } : exit;
    this.#finish(ending, bytes.subarray(0, exit.stdout), bytes.subarray(exit.stdout));
  }

  #finish(ending: Ending, stdout: Buffer, stderr: Buffer): void {
    const { options, resolve, reject } = this.#parts;
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
    this.#over();
    this.output?.finish();
    if (!result.failed || options.reject === false) resolve(result);
    else {
      const { cancelSignal } = options;
      const inputError = this.#inputError;
      const canceled = result.isCanceled && cancelSignal?.aborted;
      const cause = inputError
        ? { cause: inputError, inputFailed: true }
        : canceled && { cause: cancelSignal.reason };
      reject(new CommandFailedError(result, cause || {}));
    }
  }

  #over(): void {
    this.#state = 'over';
    this.#unlisten?.();
    this.input?.destroy();
  }
}

const NOTHING = Buffer.alloc(0);

function tooLarge(size: string): RangeError {
  return new RangeError(`the command is too large (${size}): give it fewer or shorter words`);
}
