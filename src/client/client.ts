import type { Readable } from 'node:stream';
import { checkClient } from './client-arguments.js';
import { CommandInput } from './command-input.js';
import { CommandOutput } from './command-output.js';
import type { StderrMode } from './daemon-process.js';
import { Dispatcher } from './dispatcher.js';
import { RootwrapError } from './errors.js';
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
  readonly transport?: 'socket' | 'stdio';
  /** Environment of the daemon's command, whole. This process's unless told. */
  readonly env?: NodeJS.ProcessEnv;
  /** Working directory of the daemon's command. */
  readonly cwd?: string | URL;
  /**
   * What the daemon's command writes on its standard error: passed on to this process's, dropped,
   * or given line by line. `inherit` unless told. Its end is in the errors in any case.
   */
  readonly stderr?: StderrMode;
  /** Milliseconds in which the daemon has to be ready. 30000 unless told. */
  readonly startTimeout?: number;
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
   * path of a Unix socket of systemd's on which one listens, where there is no key
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
        const request = new Request({ message, options: given, bytes, resolve, reject });
        if (!isShort(source)) feed(request, source);
        this.#submit(request, given);
      })) as Result<OutputOf<Options>>;
    } catch (error) {
      // It was made where the answer arrived; who reads the stack looks for the call.
      if (error instanceof RootwrapError) Error.captureStackTrace(error);
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
    let request: Request | undefined;
    let input: CommandInput | undefined;
    const result = new Promise<AnyResult>((resolve, reject) => {
      request = new Request({ message, options: given, bytes: NOTHING, resolve, reject });
      const { grantOutput } = request;
      request.output = new CommandOutput({ stdout, stderr }, grantOutput.bind(request));
      input = feed(request, source);
    });
    const running = new RunningCommand<Options>(
      request as unknown as Request,
      input as unknown as CommandInput,
      result,
    );
    this.#submit(request as unknown as Request, given);
    return running;
  }

  /**
   * Takes no more calls, waits for those that were made, then has the daemon end and waits for that
   * up to five seconds.
   */
  close(): Promise<void> {
    return this.#dispatcher.close();
  }

  /** For `await using`: what `close` does. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** For `using`: what `close` does, without waiting for any of it. */
  [Symbol.dispose](): void {
    void this.close();
  }

  #submit(request: Request, { cancelSignal }: ExecuteOptions): void {
    if (cancelSignal?.aborted) request.cancel();
    else this.#dispatcher.submit(request);
  }
}

/** Gives a request an input that is fed, from that source if there is one. */
function feed(request: Request, source: Buffer | Readable | undefined): CommandInput {
  const input = new CommandInput((bytes, end) => {
    request.post(end ? { type: 'stdin', end } : { type: 'stdin' }, bytes);
  });
  request.input = input;
  if (source instanceof Uint8Array) input.end(source);
  else if (source) feedFrom(source, input, (error) => request.inputFailed(error));
  return input;
}
