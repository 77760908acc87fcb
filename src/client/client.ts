import type { Readable } from 'node:stream';
import { callSite, setCallSite } from './call-site.js';
import { checkClient, checkClose } from './client-arguments.js';
import { CommandInput } from './command-input.js';
import { CommandOutput } from './command-output.js';
import type { StderrMode } from './daemon-process.js';
import { Dispatcher } from './dispatcher.js';
import { feedFrom } from './input-source.js';
import type { Daemon, LinkOptions } from './link.js';
import type { ExecuteOptions, OutputOf, StartOptions } from './options.js';
import { Request } from './request.js';
import type { AnyResult, Result } from './result.js';
import { inputOf, isShort, runMessage } from './run-message.js';
import { RunningCommand } from './running-command.js';

export interface ClientOptions extends LinkOptions {
  /**
   * How to talk to the daemon that the command starts: over its socket, or over the command's own
   * standard input and output. `stdio` if `--stdio` is a word of the command, else `socket`.
   */
  readonly transport?: 'socket' | 'stdio' | undefined;
  /** Environment of the daemon's command, whole. This process's unless told. */
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** Working directory of the daemon's command. */
  readonly cwd?: string | URL | undefined;
  /**
   * What the daemon's command writes on its standard error: passed on to this process's, dropped,
   * or given line by line. `inherit` unless told. Its end is in the errors in any case.
   */
  readonly stderr?: StderrMode | undefined;
  /** Milliseconds in which the daemon has to be ready. 30000 unless told. */
  readonly startTimeout?: number | undefined;
}

export interface CloseOptions {
  /**
   * Milliseconds for the calls that were made. Those without an answer by then are ended, and fail by a
   * ClientClosedError. The daemon then has up to five seconds to end. Without it they may take for ever.
   */
  readonly timeout?: number | undefined;
}

const START_TIMEOUT = 30_000;
const NO_OPTIONS = {};
const NOTHING = Buffer.alloc(0);

/**
 * Runs commands through a tsrootwrap-daemon, many at once over one connection.
 *
 * The daemon is started by the first call, and again by the next one after it has gone. A command is
 * sent once: when the daemon is lost with it, the call fails by a DaemonLostError whose `mayHaveRun` is
 * true, and it is not repeated. Commands that a daemon cannot have run (not sent yet, or returned by
 * it when it took leave) go to the next daemon unnoticed.
 *
 * An idle client does not keep the process alive.
 */
export class RootwrapClient {
  readonly #dispatcher: Dispatcher;

  /**
   * @param daemon the command that starts one (`['sudo', '-n', 'tsrootwrap-daemon', CONFIG]`), or the
   * path of a Unix socket of systemd's on which one listens, or a function that gives a stream to one;
   * with the last two there is no key
   * @throws TypeError, RangeError for what is no command, no path, or no option
   */
  constructor(daemon: Daemon, options: ClientOptions = {}) {
    checkClient(daemon, options);
    const { startTimeout = START_TIMEOUT } = options;
    this.#dispatcher = new Dispatcher(daemon, options, startTimeout);
  }

  /**
   * Runs a command to its end and collects its output.
   *
   * @throws CommandFailedError unless it ended with exit code 0 (see `reject`); RefusedError,
   * NotExecutableError, CommandStartError when it was not run; DaemonStartError when there is no
   * daemon; DaemonLostError, ProtocolError, which tell by `mayHaveRun` whether it may have run;
   * ClientClosedError; TypeError or RangeError for arguments that no daemon would take
   */
  async execute<const Options extends ExecuteOptions = Record<never, never>>(
    argv: readonly string[],
    options?: Options,
  ): Promise<Result<OutputOf<Options>>> {
    const given: ExecuteOptions = options ?? NO_OPTIONS;
    const message = runMessage(argv, given, false);
    const source = inputOf(given.input);
    try {
      return (await new Promise<AnyResult>((resolve, reject) => {
        const bytes = isShort(source) ? source : NOTHING;
        const signal = given.signal ?? given.cancelSignal;
        const request = new Request({ message, options: given, bytes, signal, resolve, reject });
        if (!isShort(source)) feed(request, source);
        this.#submit(request, signal);
      })) as Result<OutputOf<Options>>;
    } catch (error) {
      // It was made where the answer arrived; who reads the stack looks for the call.
      Error.captureStackTrace(error as Error);
      throw error;
    }
  }

  /**
   * Starts a command whose standard output is a stream. The other options are those of `execute`.
   *
   * @throws TypeError, RangeError for arguments that no daemon would take. All else is told by the
   * result and the streams.
   */
  start<const Options extends StartOptions = Record<never, never>>(
    argv: readonly string[],
    options?: Options,
  ): RunningCommand<Options> {
    const given: StartOptions = options ?? NO_OPTIONS;
    const { stdout = 'pipe', stderr = 'collect' } = given;
    const message = runMessage(argv, given, true);
    const source = given.input === undefined ? undefined : inputOf(given.input);
    const site = callSite(this.start);
    const signal = given.signal ?? given.cancelSignal;
    let request: Request | undefined;
    let input: CommandInput | undefined;
    const result = new Promise<AnyResult>((resolve, fail) => {
      const reject = (error: Error) => fail(setCallSite(error, site));
      request = new Request({ message, options: given, bytes: NOTHING, signal, resolve, reject });
      const { grantOutput } = request;
      request.output = new CommandOutput({ stdout, stderr }, grantOutput.bind(request));
      input = feed(request, source);
    });
    const running = new RunningCommand<Options>(
      request as unknown as Request,
      input as unknown as CommandInput,
      result,
    );
    this.#submit(request as unknown as Request, signal);
    return running;
  }

  /**
   * Takes no more calls, waits for those that were made (see `timeout`), then has the daemon end and
   * waits for that up to five seconds. Called again, it waits for the same end; a `timeout` then holds too.
   *
   * @throws TypeError, RangeError for a `timeout` that is no number of milliseconds
   */
  close(options: CloseOptions = {}): Promise<void> {
    checkClose(options);
    return this.#dispatcher.close(options.timeout);
  }

  /** For `await using`: what `close` does. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** For `using`: what `close` does, without waiting for any of it. */
  [Symbol.dispose](): void {
    void this.close();
  }

  #submit(request: Request, signal: AbortSignal | undefined): void {
    if (signal?.aborted) request.cancel();
    else this.#dispatcher.submit(request);
  }
}

/** Gives a request an input that is fed, from that source if there is one. */
function feed(request: Request, source: Buffer | Readable | undefined): CommandInput {
  const input = new CommandInput({
    send: (bytes, end) => request.post(end ? { type: 'stdin', end } : { type: 'stdin' }, bytes),
    cut: (error) => request.inputFailed(error),
  });
  request.input = input;
  if (source instanceof Uint8Array) input.end(source);
  else if (source) feedFrom(source, input);
  return input;
}
