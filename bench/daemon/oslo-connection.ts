import type { Daemon } from './daemons.js';
import { Wire } from './wire.js';

type Answer = readonly [kind: string, result: unknown];

/**
 * oslo.rootwrap's dialect as its client speaks it, which both daemons understand: by the same program
 * on this side, what differs is the daemon.
 */
export class OsloConnection {
  readonly #wire: Wire;
  readonly #object: string;

  private constructor(wire: Wire, object: string) {
    this.#wire = wire;
    this.#object = object;
  }

  /** One after the other: oslo's daemon lets only one or two wait to be let in. */
  static async open(daemon: Daemon): Promise<OsloConnection> {
    const creating = await Wire.open(daemon);
    const [object] = (await ask(creating, [null, 'create', ['rootwrap'], {}])) as [string];
    creating.socket.destroy();
    const wire = await Wire.open(daemon);
    await ask(wire, [null, 'accept_connection', ['bench'], {}]);
    return new OsloConnection(wire, object);
  }

  /** @throws unless it ends with exit code 0 */
  async run(argv: readonly string[]): Promise<string> {
    const question = [this.#object, 'run_one_command', [argv, null], {}];
    const [code, stdout, stderr] = (await ask(this.#wire, question)) as [number, string, string];
    if (code !== 0) throw new Error(`${argv.join(' ')} ended with ${code}: ${stderr}`);
    return stdout;
  }

  close(): void {
    this.#wire.socket.destroy();
  }
}

async function ask(wire: Wire, question: unknown): Promise<unknown> {
  const [kind, result] = JSON.parse(
    (await wire.ask(JSON.stringify(question))).toString(),
  ) as Answer;
  if (kind !== '#RETURN') throw new Error(`the daemon says ${result}`);
  return result;
}
