import type { Carrier } from '../contexts/carrier.js';
import type { Context } from '../contexts/context.js';
import type { CallOptions, Entrypoint } from '../contexts/entrypoint.js';
import { partsOf } from '../wire/arguments.js';
import { PrivilegedError } from '../wire/errors.js';
import { ContextLog } from './context-log.js';
import { nameOf } from './function-name.js';
import { HelperLink, type Reached } from './helper-link.js';
import { HelperProcess } from './helper-process.js';
import type { InheritedSockets } from './inherited.js';
import { ServedContext } from './served-context.js';
import { commandFor, DEFAULTS, isSame, type Settings } from './settings.js';

/** Carries calls to the helpers of contexts, and has these helpers. */
export class Service implements Carrier {
  readonly #inherited: InheritedSockets | undefined;
  readonly #contexts = new Map<string, ServedContext>();
  #settings = DEFAULTS;
  #inUse = false;

  constructor(inherited?: InheritedSockets) {
    this.#inherited = inherited;
  }

  /** @throws a helper was started with other settings */
  configure(settings: Settings): void {
    if (this.#inUse && !isSame(this.#settings, settings)) {
      throw new Error(
        'configure() came after a helper was started with other settings; call it once, before the first call of a privileged function',
      );
    }
    this.#settings = settings;
  }

  async call(entrypoint: Entrypoint, args: unknown, options: CallOptions): Promise<unknown> {
    const signal = signalOf(options);
    signal?.throwIfAborted();
    const parts = partsOf(args);
    refuseBun();
    const name = await nameOf(entrypoint);
    signal?.throwIfAborted();
    return await this.#served(entrypoint.context).call(name, parts, signal);
  }

  async start(context: Context): Promise<void> {
    refuseBun();
    await this.#served(context).start();
  }

  stop(context: Context): Promise<void> {
    return this.#served(context).stop();
  }

  /** Ends all helpers, and gives when they are gone. */
  async stopAll(): Promise<void> {
    await Promise.all([...this.#contexts.values()].map((served) => served.stop()));
  }

  #served(context: Context): ServedContext {
    const known = this.#contexts.get(context.name);
    if (known !== undefined) return known;
    const restarts = () => this.#settings.restart === 'on-next-call';
    const served = new ServedContext(context.declaration, () => this.#open(context), restarts);
    this.#contexts.set(context.name, served);
    return served;
  }

  #open({ name, declaration }: Context): HelperLink {
    const log = new ContextLog(name, this.#settings.logger);
    const link = new HelperLink(
      declaration,
      this.#reach(name, log),
      log,
      this.#settings.startTimeout,
      (error) => this.#tellEnd(name, error, log),
    );
    this.#inUse = true;
    return link;
  }

  #tellEnd(context: string, error: PrivilegedError, log: ContextLog): void {
    try {
      this.#settings.onHelperEnd?.({ context, error });
    } catch (thrown) {
      log.write('error', `onHelperEnd threw: ${(thrown as Error)?.message}`);
    }
  }

  #reach(context: string, log: ContextLog): Reached {
    const socket = this.#inherited?.take(context);
    if (socket !== undefined) return { input: socket, output: socket };
    if (this.#settings.config === undefined && this.#inherited?.has(context)) {
      throw new PrivilegedError(
        'ERR_PRIVILEGED_HELPER',
        `the helper of context ${context} was started by what started this process: start both again, or call configure({ config }) beforehand so that this process can start one`,
      );
    }
    const command = commandFor(context, this.#settings);
    const started = startProcess(context, command, log);
    return { input: started.input, output: started.output, process: started };
  }
}

/** Before the name of a function is looked for: what Bun or its bundle lacks there is not the reason. */
function refuseBun(): void {
  if (!('bun' in process.versions)) return;
  throw new PrivilegedError(
    'ERR_PRIVILEGED_HELPER',
    'Bun is not supported: its pipes to other processes are not as Node has them; run this service by Node',
  );
}

function startProcess(context: string, command: readonly string[], log: ContextLog): HelperProcess {
  try {
    return new HelperProcess(command, (line) => log.write('warn', line));
  } catch (error) {
    throw new PrivilegedError(
      'ERR_PRIVILEGED_HELPER',
      `the helper of context ${context} did not start: ${(error as Error).message}: close some files, or raise the limit of open files (\`ulimit -n\`)`,
    );
  }
}

/** @throws {TypeError} it is not an AbortSignal */
export function signalOf(options: CallOptions | null): AbortSignal | undefined {
  const signal: unknown = options?.signal;
  if (signal === undefined || signal instanceof AbortSignal) return signal;
  throw new TypeError('`signal` of a privileged call is not an AbortSignal; leave it out for none');
}
