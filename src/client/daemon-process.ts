import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import type { DaemonEnd } from './errors.js';

/** What happens to the standard error of the daemon's command. */
export type StderrMode = 'inherit' | 'ignore' | ((line: string) => void);

export interface ProcessOptions {
  readonly env?: NodeJS.ProcessEnv | undefined;
  readonly cwd?: string | URL | undefined;
  readonly stderr?: StderrMode | undefined;
}

export interface ProcessEnd extends DaemonEnd {
  /** Why the command itself could not be started. */
  readonly error?: NodeJS.ErrnoException;
}

/** Characters of standard error that are kept for messages. */
const MOST_STDERR = 8192;
/** Milliseconds in which the last of standard error is waited for, which others may hold open. */
const LAST_WORDS = 200;
/** Milliseconds in which a daemon without commands ends that is told to. */
const TIME_TO_END = 5000;
/** The same for one that did not even start; after it SIGKILL. */
const TIME_TO_GIVE_UP = 2000;
/** Milliseconds in which a process is gone that got SIGKILL. */
const TIME_TO_DIE = 500;

/** The command that starts a daemon. None of this keeps the event loop alive by itself. */
export class DaemonProcess {
  readonly stdin: Socket;
  readonly stdout: Socket;
  /** Never rejects. */
  readonly ended: Promise<ProcessEnd>;
  readonly #child: ChildProcess;
  #abandoned = false;
  #stderr = '';
  #line = '';

  constructor(command: readonly string[], { env, cwd, stderr = 'inherit' }: ProcessOptions) {
    const [file = '', ...args] = command;
    const child = spawn(file, args, {
      stdio: 'pipe',
      ...(env !== undefined && { env }),
      ...(cwd !== undefined && { cwd }),
    });
    this.#child = child;
    const { stdin, stdout } = child;
    const errors = child.stderr;
    this.ended = new Promise((resolve) => {
      const end = () => {
        this.#flush(stderr);
        const { exitCode, signalCode: signal } = child;
        resolve({
          exitCode: exitCode ?? undefined,
          signal: signal ?? undefined,
          stderr: this.#stderr,
        });
      };
      child.on('error', (error) => resolve({ error }));
      child.on('exit', () => setTimeout(end, LAST_WORDS).unref());
      child.on('close', end);
    });
    if (!stdin || !stdout || !errors) {
      throw Object.assign(new Error('too many open files'), { code: 'EMFILE' }); // or ENFILE
    }
    // As pipes they are sockets, whatever their types say.
    this.stdin = stdin as Socket;
    this.stdout = stdout as Socket;
    for (const pipe of [stdin, stdout, errors] as Socket[]) {
      pipe.on('error', () => {}); // its end is what counts
      pipe.unref?.(); // Bun's have none
    }
    child.unref();
    errors.setEncoding('utf8').on('data', (text: string) => this.#told(text, stderr));
  }

  /**
   * Tells the daemon by the end of its standard input that it is not needed any more, and waits a
   * bounded time for it. Keeps the event loop alive until then.
   */
  async finish(): Promise<void> {
    this.stdin.end();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, TIME_TO_END);
    });
    await Promise.race([this.ended, late]);
    clearTimeout(timer);
    this.#kill();
  }

  /** The same without waiting, and without reading what it may still write. */
  drop(): void {
    this.stdin.destroy();
    this.stdout.destroy();
    const timer = setTimeout(() => this.#kill(), TIME_TO_END).unref();
    void this.ended.then(() => clearTimeout(timer));
  }

  /** It did not start as it should, and so has no commands: it is ended now. */
  abandon(): void {
    if (this.#abandoned) return;
    this.#abandoned = true;
    this.stdin.destroy();
    this.stdout.destroy();
    this.#kill('SIGTERM');
    const timer = setTimeout(() => this.#kill('SIGKILL'), TIME_TO_GIVE_UP).unref();
    void this.ended.then(() => clearTimeout(timer));
  }

  /** Waits until one that was abandoned is gone, or out of reach. Keeps the event loop alive. */
  async gone(): Promise<void> {
    await this.lastWords(TIME_TO_GIVE_UP + TIME_TO_DIE);
  }

  /** What it says of itself if it ends within so many milliseconds. */
  async lastWords(milliseconds: number): Promise<ProcessEnd> {
    let timer: NodeJS.Timeout | undefined;
    const running = new Promise<ProcessEnd>((resolve) => {
      timer = setTimeout(() => resolve({ stderr: this.#stderr }), milliseconds);
    });
    const end = await Promise.race([this.ended, running]);
    clearTimeout(timer);
    return end;
  }

  /** One that runs as another user can't be killed; sudo passes the signal on where it may be. */
  #kill(signal: NodeJS.Signals = 'SIGTERM'): void {
    const { exitCode, signalCode } = this.#child;
    if (exitCode === null && signalCode === null) this.#child.kill(signal);
  }

  #told(text: string, mode: StderrMode): void {
    this.#stderr = (this.#stderr + text).slice(-MOST_STDERR);
    if (mode === 'inherit') process.stderr.write(text);
    if (typeof mode !== 'function') return;
    const lines = (this.#line + text).split('\n');
    this.#line = (lines.pop() ?? '').slice(-MOST_STDERR);
    // Not from here: what it may throw is the caller's, and must not stop the reading.
    for (const line of lines) queueMicrotask(() => mode(line));
  }

  /** A last line without a line end. */
  #flush(mode: StderrMode): void {
    const line = this.#line;
    this.#line = '';
    if (typeof mode === 'function' && line !== '') queueMicrotask(() => mode(line));
  }
}
