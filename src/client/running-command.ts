import type { Writable } from 'node:stream';
import type { CommandInput } from './command-input.js';
import { MAX_OUTPUT } from './limits.js';
import { LongLineError, linesOf } from './lines.js';
import type { CollectedOf, StartOptions, StreamOf } from './options.js';
import type { Request } from './request.js';
import type { Result } from './result.js';
import { signalName } from './run-message.js';

/** A command that was started and streams. */
export class RunningCommand<Options extends StartOptions = StartOptions> {
  /**
   * Standard input. The command waits for its end if it reads it; writing waits for the command.
   * Destroyed before its end, with an error or without, it ends the command: half of an input is not
   * taken for the whole.
   */
  readonly stdin: Writable;
  /** With mode `pipe`; destroyed with the error when there is no result. */
  readonly stdout: StreamOf<Options, 'stdout'>;
  readonly stderr: StreamOf<Options, 'stderr'>;
  /** Of the process on the daemon's host. Rejects when none was started. */
  readonly pid: Promise<number>;
  /**
   * How it ended, as `execute` tells it. Output that nobody reads keeps a command from ending. A
   * rejection that nobody handles is left at that, since the streams tell as well.
   */
  readonly result: Promise<Result<CollectedOf<Options, 'stdout'>, CollectedOf<Options, 'stderr'>>>;
  readonly #request: Request;

  /** Made by RootwrapClient. */
  constructor(request: Request, input: CommandInput, result: Promise<unknown>) {
    this.#request = request;
    this.stdin = input;
    this.stdout = request.output?.streams.stdout as StreamOf<Options, 'stdout'>;
    this.stderr = request.output?.streams.stderr as StreamOf<Options, 'stderr'>;
    this.result = result as this['result'];
    this.pid = new Promise((resolve, reject) => {
      request.onStarted = resolve;
      result.then(() => reject(new Error('the command had no process of its own')), reject);
    });
    this.pid.catch(() => {});
    this.result.catch(() => {});
  }

  /**
   * Sends the command's process a signal, SIGTERM unless told; what it has started gets none.
   *
   * @returns false when the command is over
   * @throws TypeError for a signal that there is not
   */
  kill(signal: string | number = 'SIGTERM'): boolean {
    const name = signalName(signal);
    if (this.#request.isOver) return false;
    this.#request.post({ type: 'signal', signal: name });
    return true;
  }

  /**
   * The lines of standard output as they come, as text, without their ends. Leaving the loop early ends
   * the command. After the last line the result is waited for: a command that failed throws here.
   *
   * @throws TypeError when standard output is no stream, or `encoding` is `buffer`; what `result` rejects
   * with, for a line above `maxBuffer` (64 MiB unless told) as well
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<string, void, void> {
    const { encoding = 'utf8', maxBuffer = MAX_OUTPUT } = this.#request.options;
    const stdout = this.#request.output?.streams.stdout;
    if (!stdout) throw new TypeError("lines come from a `stdout` of mode 'pipe'");
    if (encoding === 'buffer') throw new TypeError("lines are text: `encoding` can't be 'buffer'");
    try {
      yield* linesOf(stdout, encoding, Math.min(maxBuffer, MAX_OUTPUT));
    } catch (error) {
      if (!(error instanceof LongLineError)) throw error;
      this.#request.overflow();
      await this.result; // says so, unless `reject` is false
      throw error;
    } finally {
      await this[Symbol.asyncDispose]();
    }
    await this.result;
  }

  /**
   * Ends the command and all that it started, if it runs still, and waits until it has ended. Output
   * that has not been read is dropped.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#request.cancel();
    const { stdout, stderr } = this.#request.output?.streams ?? {};
    stdout?.destroy();
    stderr?.destroy();
    await this.result.catch(() => {});
  }
}
