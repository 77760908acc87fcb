import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ENVIRONMENT } from './programs.js';

const PROGRAMS = join(import.meta.dirname, '../../bench');

/** A program in Python that takes questions, each a line of JSON, and answers each by such a line. */
export class PythonProcess {
  readonly #program: string;
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  /** @param program path below bench/ */
  constructor(program: string, args: readonly string[] = []) {
    this.#program = program;
    const child = spawn('/usr/bin/python3', [join(PROGRAMS, program), ...args], {
      env: ENVIRONMENT,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  /** @throws when it fails, of which Python says more on standard error */
  async ask(question: object): Promise<unknown> {
    this.#child.stdin?.write(`${JSON.stringify(question)}\n`);
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`${this.#program} has ended early`);
    return JSON.parse(value);
  }

  async stop(): Promise<void> {
    this.#child.stdin?.end();
    if (this.#child.exitCode === null) await once(this.#child, 'exit');
  }
}
