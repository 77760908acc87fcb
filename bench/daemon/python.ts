import { PythonProcess } from '../python.js';
import type { Daemon } from './daemons.js';

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
  readonly #python: PythonProcess;

  constructor({ command }: Daemon) {
    this.#python = new PythonProcess('daemon/oslo-client.py', command);
  }

  /** @returns nanoseconds @throws when a command failed, of which Python says more */
  async run(calls: Calls): Promise<readonly number[]> {
    return (await this.#python.ask(calls)) as number[];
  }

  stop(): Promise<void> {
    return this.#python.stop();
  }
}
