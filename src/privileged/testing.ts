import '../wire/node-version.js'; // first: an old Node fails in what follows

import { AsyncLocalStorage } from 'node:async_hooks';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Carrier, carryBy } from './contexts/carrier.js';
import type { Context } from './contexts/context.js';
import type { CallOptions, Entrypoint, Logger } from './contexts/entrypoint.js';
import { callHere } from './run/call-here.js';
import { notHere } from './run/not-here.js';
import { PreparedFunction } from './run/prepared-function.js';
import { ContextLog } from './service/context-log.js';
import { isLoadedOtherwise, nameOf } from './service/function-name.js';
import { Service, signalOf } from './service/service.js';
import { checkOptions, type ServiceOptions } from './service/settings.js';
import { type Answer, settled } from './wire/answer.js';
import { partsOf } from './wire/arguments.js';
import { PrivilegedError } from './wire/errors.js';

/** What a test may say about functions that run in its own process. */
export type InProcessOptions = Pick<ServiceOptions, 'logger'>;

/** What a test says about real helpers. */
export interface HelpersOptions extends Pick<ServiceOptions, 'logger' | 'startTimeout'> {
  /** The directory of the modules, as `privileged_modules` in rootwrap.conf; root's alone. */
  readonly modules: string;
}

/**
 * For unit tests, without privileges: from now on privileged functions run in this process, as this
 * process's user. All else is as with a helper. What a function gets is a copy that has been JSON and
 * bytes and was checked by its schema, and so is what its caller gets; errors come as FunctionError
 * and PrivilegedError, with the stack in `remoteStack`; timeouts and the caller's signal abort the
 * function's. One that has not ended by the end of its grace period would cost the helper its life:
 * here its call rejects with ERR_PRIVILEGED_HELPER.
 *
 * `start` and `stop` of contexts do nothing. As in a helper, a body can call functions of its own context
 * only. What a helper refuses at its start, such as a faulty schema, shows when the function is called;
 * and `console` in a module is this process's. A function that a service could not find, since its module
 * does not export it, runs all the same, and the logger is told.
 *
 * @example
 * const restore = useInProcess();
 * await assert.rejects(proxyArpPrivileged({ device: '../lo', on: true }));
 * restore();
 *
 * @returns puts back what was there before
 * @throws {TypeError} for an impossible option
 */
export function useInProcess(options: InProcessOptions = {}): () => void {
  const former = carryBy(new InProcess(checkOptions(options).logger));
  return () => {
    carryBy(former);
  };
}

/**
 * For integration tests, as root: from now on privileged functions run in real helpers, with the
 * users and capabilities that their contexts declare. It writes a rootwrap.conf for the directory of
 * modules to a directory of its own, and starts helpers by that, without sudo and without filters.
 * Run such tests in a namespace or a machine of their own: what the functions do is real.
 *
 * @example
 * await using helpers = await useHelpers({ modules: '/opt/app/privileged' });
 * await proxyArpPrivileged({ device: 'tap0', on: true });
 *
 * @returns its disposal ends all helpers, waits until they are gone, removes the file and puts back
 * what was there before
 * @throws {TypeError} for an impossible option
 * @throws {Error} when this process is not root
 */
export async function useHelpers(options: HelpersOptions): Promise<AsyncDisposable> {
  const { modules, ...others } = options ?? {};
  if (typeof modules !== 'string' || modules === '' || /[\0-\x1f]/.test(modules)) {
    throw new TypeError('`modules` is the path of the directory with the privileged modules');
  }
  checkOptions(others);
  if (process.geteuid?.() !== 0) {
    throw new Error(
      'useHelpers starts helpers of other users, so it needs root: run this test as root, or call useInProcess() instead',
    );
  }
  const directory = mkdtempSync(join(tmpdir(), 'tsrootwrap-test-')); // mode 0700
  const service = new Service();
  service.configure(checkOptions({ ...others, config: writeConfig(directory, resolve(modules)) }));
  const former = carryBy(service);
  let disposed: Promise<void> | undefined;
  const dispose = async () => {
    carryBy(former);
    await service.stopAll();
    rmSync(directory, { recursive: true, force: true });
  };
  return {
    [Symbol.asyncDispose]: () => {
      disposed ??= dispose();
      return disposed;
    },
  };
}

/** @returns its path */
function writeConfig(directory: string, modules: string): string {
  const filters = join(directory, 'filters.d');
  mkdirSync(filters);
  const config = join(directory, 'rootwrap.conf');
  const lines = [
    '[DEFAULT]',
    `filters_path = ${filters}`,
    'exec_dirs = /nonexistent',
    `privileged_modules = ${modules}`,
    '',
  ];
  writeFileSync(config, lines.join('\n'), { mode: 0o600 });
  return config;
}

class InProcess implements Carrier {
  readonly #logger: Logger;
  readonly #prepared = new WeakMap<Entrypoint, Promise<PreparedFunction>>();
  /** The context whose body runs: there, as in its helper, no other one can be reached. */
  readonly #within = new AsyncLocalStorage<Context>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  async call(entrypoint: Entrypoint, args: unknown, options: CallOptions): Promise<unknown> {
    const helper = this.#within.getStore();
    if (helper !== undefined && helper !== entrypoint.context) throw notHere(entrypoint.context);
    const signal = signalOf(options);
    signal?.throwIfAborted();
    const parts = partsOf(args);
    const prepared = await this.#prepare(entrypoint);
    const log = this.#log(entrypoint).of(prepared.name);
    const answer = new Promise<Answer>((settle, reject) => {
      const overdue = (message: string) => {
        const lost = `a helper would have ended now: ${message}`;
        settle({ reason: () => new PrivilegedError('ERR_PRIVILEGED_HELPER', lost) });
      };
      const told = signal === undefined ? {} : { signal };
      const run = () => callHere(prepared, parts, told, { log, debug: true, overdue });
      this.#within.run(entrypoint.context, run).then(settle, reject);
    });
    return settled(await answer);
  }

  async start(context: Context): Promise<void> {
    this.#requireService(context);
  }

  async stop(context: Context): Promise<void> {
    this.#requireService(context);
  }

  #requireService(context: Context): void {
    if (this.#within.getStore() !== undefined) throw notHere(context);
  }

  #log({ context }: Entrypoint): ContextLog {
    return new ContextLog(context.name, this.#logger);
  }

  #prepare(entrypoint: Entrypoint): Promise<PreparedFunction> {
    const known = this.#prepared.get(entrypoint);
    if (known !== undefined) return known;
    const prepared = this.#name(entrypoint).then((name) => new PreparedFunction(name, entrypoint));
    this.#prepared.set(entrypoint, prepared);
    return prepared;
  }

  /** Test runners that transform modules load them in ways of their own; that is no error here. */
  async #name(entrypoint: Entrypoint): Promise<string> {
    if (isLoadedOtherwise(entrypoint)) return `a function of context ${entrypoint.context.name}`;
    try {
      return await nameOf(entrypoint);
    } catch (error) {
      this.#log(entrypoint).write('warn', (error as Error).message);
      return 'a function without a name';
    }
  }
}
