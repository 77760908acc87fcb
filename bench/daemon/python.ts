import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ENVIRONMENT } from '../programs.js';
import type { Daemon } from './daemons.js';

const PROGRAM = join(import.meta.dirname, '../../../bench/daemon/oslo-client.py');

export interface Calls {
  readonly argv: readonly string[];
  readonly calls: number;
  /** One unless told. With more the answer is one number, for all calls together. */
  readonly threads?: number;
  /** All threads use the same client, as those of a service do. */
  readonly shared?: boolean;
}

/** A process with oslo.rootwrap's client in it. */
export class PythonClient {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor({ command }: Daemon) {
    const child = spawn('/usr/bin/python3', [PROGRAM, ...command], {
      env: ENVIRONMENT,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  /** @returns nanoseconds @throws when a command failed, of which Python says more */
  async run(calls: Calls): Promise<readonly number[]> {
    this.#child.stdin?.write(`${JSON.stringify(calls)}\n`);
    const { value, done } = await this.#lines.next();
    if (done) throw new Error('the Python client has ended early');
    return JSON.parse(value) as number[];
  }

  async stop(): Promise<void> {
    this.#child.stdin?.end();
    if (this.#child.exitCode === null) await once(this.#child, 'exit');
  }
}
