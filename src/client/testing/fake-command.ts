import type { Exit, FromDaemon, Run } from '../../wire/messages.js';

/** What a command that a fake carries out has done. */
export interface FakeResult {
  /** Text, bytes, or pieces of either as they come. */
  readonly stdout?: FakeOutput | undefined;
  readonly stderr?: FakeOutput | undefined;
  /** 0 unless told. */
  readonly exitCode?: number | undefined;
  /** Name of the signal that killed it. */
  readonly signal?: string | undefined;
}

export type FakeOutput =
  | string
  | Uint8Array
  | Iterable<string | Uint8Array>
  | AsyncIterable<string | Uint8Array>;

/** A call that a fake was asked for. */
export interface FakeCall {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** All of its standard input, as text, once that has ended. */
  readonly input: Promise<string>;
  /** Aborted when the command is ended: by a timeout, by the caller, by too much output. */
  readonly signal: AbortSignal;
}

export type Send = (message: FromDaemon, ...bytes: Uint8Array[]) => void;

type Stream = 'stdout' | 'stderr';
type Reason = 'timedOut' | 'aborted' | 'overflowed';

const MAX_PIECE = 64 * 1024;

/** One command of a fake daemon: keeps to windows, limits and timeouts as a real daemon does. */
export class FakeCommand implements FakeCall {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly input: Promise<string>;
  readonly #run: Run;
  readonly #send: Send;
  readonly #ended: () => void;
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #collected: Record<Stream, Buffer[]> = { stdout: [], stderr: [] };
  #room: number;
  #window: number;
  #granted: (() => void) | undefined;
  #fed: Buffer[] = [];
  #inputEnded: () => void = () => {};
  #isOver = false;

  constructor(run: Run, maxOutput: number, send: Send, ended: () => void) {
    this.argv = run.argv;
    this.env = run.environment ?? {};
    this.#run = run;
    this.#send = send;
    this.#ended = ended;
    this.#room = Math.min(run.maxOutput ?? maxOutput, maxOutput);
    this.#window = run.window ?? Infinity;
    this.input = new Promise((resolve) => {
      this.#inputEnded = () => resolve(Buffer.concat(this.#fed).toString());
    });
    if (run.timeout !== undefined) {
      this.#timer = setTimeout(() => this.end('timedOut'), run.timeout);
    }
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** More standard input. */
  feed(bytes: Buffer, isLast: boolean): void {
    this.#fed.push(Buffer.from(bytes));
    if (bytes.length > 0 && this.#run.feeding && !isLast) this.grantInput(bytes.length);
    if (isLast) this.#inputEnded();
  }

  grantInput(bytes: number): void {
    this.#send({ type: 'window', id: this.#run.id, bytes });
  }

  /** The reader takes so many more bytes. */
  grant(bytes: number): void {
    this.#window += bytes;
    this.#granted?.();
  }

  async finish({ stdout = '', stderr = '', exitCode, signal }: FakeResult): Promise<void> {
    await Promise.all([this.#write('stdout', stdout), this.#write('stderr', stderr)]);
    this.#exit(signal === undefined ? (exitCode ?? 0) : null, signal ?? null);
  }

  end(reason: Reason): void {
    this.#exit(null, this.#run.killSignal ?? 'SIGTERM', reason);
  }

  kill(signal: string): void {
    this.#exit(null, signal);
  }

  /** It was not run. */
  decline(answer: FromDaemon): void {
    if (this.#isOver) return;
    this.#send(answer);
    this.stop();
  }

  /** Nothing more is said of it. */
  stop(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#granted?.();
    this.#inputEnded();
    this.#controller.abort();
    this.#ended();
  }

  async #write(name: Stream, output: FakeOutput): Promise<void> {
    const pieces = typeof output === 'string' || output instanceof Uint8Array ? [output] : output;
    for await (const piece of pieces) {
      if (this.#isOver) return;
      const bytes = Buffer.from(piece as string);
      if (this.#run.window === undefined) this.#collect(name, bytes);
      else await this.#stream(name, bytes);
    }
  }

  #collect(name: Stream, bytes: Buffer): void {
    this.#collected[name].push(bytes.subarray(0, this.#room));
    this.#room -= bytes.length;
    if (this.#room < 0) this.end('overflowed');
  }

  async #stream(name: Stream, bytes: Buffer): Promise<void> {
    for (let rest = bytes; rest.length > 0; ) {
      while (this.#window === 0 && !this.#isOver) {
        await new Promise<void>((resolve) => {
          this.#granted = resolve;
        });
      }
      if (this.#isOver) return;
      const piece = rest.subarray(0, Math.min(MAX_PIECE, this.#window));
      this.#window -= piece.length;
      this.#send({ type: name, id: this.#run.id }, piece);
      rest = rest.subarray(piece.length);
    }
  }

  #exit(code: number | null, signal: string | null, reason?: Reason): void {
    if (this.#isOver) return;
    const stdout = Buffer.concat(this.#collected.stdout);
    const stderr = Buffer.concat(this.#collected.stderr);
    const exit: Exit = {
      type: 'exit',
      id: this.#run.id,
      code,
      signal,
      stdout: stdout.length,
      stderr: stderr.length,
      ...(reason && { [reason]: true }),
    };
    this.#send(exit, stdout, stderr);
    this.stop();
  }
}
