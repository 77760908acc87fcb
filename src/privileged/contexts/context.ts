import type {
  ArgumentSchemas,
  Checked,
  CheckedSchema,
  Given,
  Schema,
  ValueOf,
} from '../schema/types.js';
import { shared } from '../wire/shared.js';
import { callingModule } from './calling-module.js';
import { currentCarrier } from './carrier.js';
import {
  type ContextDeclaration,
  type ContextOptions,
  DeclarationError,
  declare,
  difference,
} from './declaration.js';
import {
  type Body,
  type BodyReturnsOtherwise,
  type Call,
  type CallOptions,
  checkEntrypoint,
  type Entrypoint,
  type EntrypointOptions,
  type PrivilegedFunction,
  register,
} from './entrypoint.js';
import type { PlainData, Received } from './result.js';

/** A set of privileged functions, and what the process holds that runs them: its helper. */
export class Context {
  readonly declaration: ContextDeclaration;

  /** Use `context`, which keeps one for each name. */
  constructor(declaration: ContextDeclaration) {
    this.declaration = declaration;
  }

  get name(): string {
    return this.declaration.name;
  }

  /**
   * Makes a privileged function. In a service a call of it crosses to the context's helper; there the
   * body runs, with arguments that have been checked. It is reached by the name under which its module
   * exports it, so call this in the module that exports the result, and export it under a name.
   *
   * The arguments are taken as they are when the function is called: what the caller does to them
   * later changes nothing.
   *
   * @param args a schema for each argument; there are no others, and `{}` is for none at all
   * @param body what runs in the helper; what it returns must be plain JSON data and bytes. The caller
   * gets a copy of it, in which a Buffer is a Uint8Array
   * @returns the function to export. It never throws, and rejects with PrivilegedError, with
   * FunctionError for what the body threw, with the reason of the caller's signal
   * @throws {DeclarationError} for anything else than that
   */
  entrypoint<
    const Args extends ArgumentSchemas,
    const Returns extends Schema,
    const Result extends Given<ValueOf<Returns>>,
  >(
    args: Args & Checked<Args>,
    body: Body<Args, Result>,
    options: EntrypointOptions<Returns> & { readonly returns: CheckedSchema<Returns> },
  ): PrivilegedFunction<Args, ValueOf<Returns>>;
  entrypoint<const Args extends ArgumentSchemas, Result>(
    args: Args & Checked<Args>,
    body: Body<Args, Result & PlainData<Result>>,
    options?: EntrypointOptions<BodyReturnsOtherwise>,
  ): PrivilegedFunction<Args, Received<Result>>;
  entrypoint(
    args: ArgumentSchemas,
    body: (args: never, call: Call) => unknown,
    options: EntrypointOptions<unknown> = {},
  ): Entrypoint['callable'] {
    checkEntrypoint(this.name, args, body, options);
    const callable = async (given: unknown = {}, callOptions: CallOptions = {}) =>
      await currentCarrier().call(entrypoint, given, callOptions); // its caller is in stacks by that
    const entrypoint: Entrypoint = {
      context: this,
      args: args ?? undefined,
      returns: options.returns as Schema | undefined,
      timeout: options.timeout,
      name: options.name,
      body,
      callable,
      module: callingModule(this.entrypoint),
    };
    register(entrypoint);
    return callable;
  }

  /**
   * Starts the context's helper now, and gives when it is ready to serve. Nobody has to call this: the
   * first call of a function does the same. It shows at once what is wrong with an installation; a
   * service that starts as root calls it before it gives up its privileges; and it is the one way to a
   * new helper when the former has ended, since none is ever restarted behind the service's back.
   *
   * Does nothing where the helper runs.
   *
   * @throws {PrivilegedError} ERR_PRIVILEGED_HELPER with what kept it from starting
   */
  async start(): Promise<void> {
    await currentCarrier().start(this);
  }

  /**
   * Ends the context's helper, and gives when it is gone: the signals of functions that still run are
   * aborted, and after the context's grace period it ends in any case. Their calls reject with
   * PrivilegedError, and so do later ones until `start`.
   *
   * Nobody has to call this: the helper ends with the service, however that ends.
   */
  async stop(): Promise<void> {
    await currentCarrier().stop(this);
  }
}

const contexts = shared('contexts', () => new Map<string, Context>());

/**
 * Declares a context: one helper process for all functions of that name, with this user and these
 * capabilities and nothing more. The operator can override both in rootwrap.conf.
 *
 * Several modules may declare the same context, all with the same options; best have one of them
 * export it.
 *
 * @param name `a` to `z`, `0` to `9` and `-`, at most 32 and a letter first
 * @throws {DeclarationError} for an unknown capability, an impossible option, or a second context of
 * the name with other options
 */
export function context(name: string, options: ContextOptions): Context {
  const declaration = declare(name, options);
  const known = contexts.get(name);
  if (known === undefined) {
    const next = new Context(declaration);
    contexts.set(name, next);
    return next;
  }
  const option = difference(known.declaration, declaration);
  if (option !== undefined) {
    throw new DeclarationError(
      `context ${name}: it was declared before with another \`${option}\`; declare it once, and import it where it is used`,
    );
  }
  return known;
}

/** All contexts that this process has heard of. */
export function declaredContexts(): readonly Context[] {
  return [...contexts.values()];
}
