import type { Carrier } from '../contexts/carrier.js';
import type { Context } from '../contexts/context.js';
import type { CallOptions, Entrypoint, Logger } from '../contexts/entrypoint.js';
import { callHere } from '../run/call-here.js';
import { notHere } from '../run/not-here.js';
import type { PreparedFunction } from '../run/prepared-function.js';
import { settled } from '../wire/answer.js';
import { partsOf } from '../wire/arguments.js';

export interface CarrierOptions {
  readonly debug: boolean;
  logger(name: string): Logger;
  overdue(message: string): void;
}

/** In a helper a privileged function that calls another one of its context runs it there. */
export class InHelperCarrier implements Carrier {
  readonly #functions: ReadonlyMap<Entrypoint, PreparedFunction>;
  readonly #options: CarrierOptions;

  constructor(functions: ReadonlyMap<Entrypoint, PreparedFunction>, options: CarrierOptions) {
    this.#functions = functions;
    this.#options = options;
  }

  async call(entrypoint: Entrypoint, args: unknown, options: CallOptions): Promise<unknown> {
    const prepared = this.#functions.get(entrypoint);
    if (prepared === undefined) throw notHere(entrypoint.context);
    const { debug, logger, overdue } = this.#options;
    const log = logger(prepared.name);
    options.signal?.throwIfAborted();
    return settled(await callHere(prepared, partsOf(args), options, { debug, log, overdue }));
  }

  async start(context: Context): Promise<void> {
    throw notHere(context);
  }

  async stop(context: Context): Promise<void> {
    throw notHere(context);
  }
}
