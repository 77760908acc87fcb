import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';

/** How a helper's process ended, as far as that is known. */
export interface ProcessEnd {
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
  /** Why it could not be started at all. */
  readonly error?: NodeJS.ErrnoException;
  /** The last lines of its standard error, or the beginning of each. */
  readonly stderr: readonly string[];
}

/** Characters of one line of standard error; what is longer becomes several. */
const MOST_LINE = 4096;
/** Lines that are kept for messages, and characters of each. */
const MOST_LINES = 10;
const MOST_KEPT = 400;
/** Milliseconds in which the last of standard error is waited for, which others may hold open. */
const LAST_WORDS = 200;

/** The command that becomes a helper. It does not keep the event loop alive by itself. */
export class HelperProcess {
  readonly command: readonly string[];
  /** What the helper writes. */
  readonly input: Socket;
  /** What the helper reads. */
  readonly output: Socket;
  /** Never rejects. */
  readonly ended: Promise<ProcessEnd>;
  readonly #child: ChildProcess;
  readonly #onLine: (line: string) => void;
  readonly #lines: string[] = [];
  #line = '';

  /**
   * @param onLine told each line of its standard error
   * @throws there is no room for the pipes
   */
  constructor(command: readonly string[], onLine: (line: string) => void) {
    this.command = command;
    this.#onLine = onLine;
    const [file = '', ...args] = command;
    // in a session of its own: Ctrl-C at a terminal is for the service, which may still need its helper
    const child = spawn(file, args, { stdio: 'pipe', detached: true });
    this.#child = child;
    this.ended = new Promise((resolve) => {
      const end = () => {
        this.#flush();
        const { exitCode, signalCode } = child;
        resolve({
          exitCode: exitCode ?? undefined,
          signal: signalCode ?? undefined,
          stderr: this.#lines,
        });
      };
      child.on('error', (error) => {
        if (child.pid === undefined) resolve({ error, stderr: [] }); // else a signal was not allowed
      });
      child.on('exit', () => setTimeout(end, LAST_WORDS).unref());
      child.on('close', () => {
        if (child.pid !== undefined) end();
      });
    });
    const { stdin, stdout, stderr } = child;
    if (!stdin || !stdout || !stderr) {
      throw Object.assign(new Error('too many open files'), { code: 'EMFILE' }); // or ENFILE
    }
    // As pipes they are sockets, whatever their types say.
    this.input = stdout as Socket;
    this.output = stdin as Socket;
    for (const pipe of [stdin, stdout, stderr] as Socket[]) {
      pipe.on('error', () => {}); // its end is what counts
      pipe.unref();
    }
    child.unref();
    stderr.setEncoding('utf8').on('data', (text: string) => this.#told(text));
  }

  /**
   * How it ended, if it ends within so many milliseconds, and what it said until then. Keeps the event
   * loop alive for as long.
   */
  async endWithin(milliseconds: number): Promise<ProcessEnd> {
    let timer: NodeJS.Timeout | undefined;
    const running = new Promise<ProcessEnd>((resolve) => {
      timer = setTimeout(() => resolve({ stderr: this.#lines }), milliseconds);
    });
    const end = await Promise.race([this.ended, running]);
    clearTimeout(timer);
    return end;
  }

  /** Kills it in so many milliseconds unless it has ended by itself. sudo's cannot be killed. */
  killIn(milliseconds: number): void {
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), milliseconds).unref();
    void this.ended.then(() => clearTimeout(timer));
  }

  #told(text: string): void {
    const lines = (this.#line + text).split('\n');
    this.#line = lines.pop() ?? '';
    for (const line of lines) this.#say(line);
    while (this.#line.length > MOST_LINE) {
      this.#say(this.#line.slice(0, MOST_LINE));
      this.#line = this.#line.slice(MOST_LINE);
    }
  }

  #say(line: string): void {
    for (let at = 0; at === 0 || at < line.length; at += MOST_LINE) {
      const piece = line.slice(at, at + MOST_LINE);
      if (this.#lines.push(piece.slice(0, MOST_KEPT)) > MOST_LINES) this.#lines.shift();
      this.#onLine(piece);
    }
  }

  /** A last line without a line end. */
  #flush(): void {
    if (this.#line !== '') this.#say(this.#line);
    this.#line = '';
  }
}
