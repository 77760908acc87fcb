import type { ArgumentSchemas, Schema } from '../schema/types.js';
import { callingModule } from './calling-module.js';
import { carry } from './carrier.js';
import { type ContextDeclaration, type ContextOptions, declare } from './declaration.js';
import {
  type Body,
  type Call,
  type CallOptions,
  type Entrypoint,
  type EntrypointOptions,
  type PrivilegedFunction,
  type ResultOf,
  register,
} from './entrypoint.js';

/** A set of privileged functions, and what the process holds that runs them: its helper. */
export class Context {
  readonly declaration: ContextDeclaration;

  constructor(declaration: ContextDeclaration) {
    this.declaration = declaration;
  }

  get name(): string {
    return this.declaration.name;
  }

  /**
   * Makes a privileged function. In a service a call of it crosses to the context's helper; there the
   * body runs, with arguments that have been checked. It is reached by the name under which its module
   * exports it.
   *
   * @param args a schema for each argument; there are no others
   * @param body what runs in the helper; what it returns must be plain JSON data and bytes
   * @returns the function to export. It rejects with PrivilegedError, with FunctionError for what the
   * body threw, with the reason of the caller's signal
   */
  entrypoint<
    const Args extends ArgumentSchemas,
    Result,
    const Returns extends Schema | undefined = undefined,
  >(
    args: Args,
    body: Body<Args, ResultOf<Returns, Result>>,
    options: EntrypointOptions<Returns> = {},
  ): PrivilegedFunction<Args, ResultOf<Returns, Result>> {
    const callable = (given: unknown = {}, callOptions: CallOptions = {}) =>
      carry(entrypoint, given, callOptions);
    const entrypoint: Entrypoint = {
      context: this,
      args,
      returns: options.returns,
      timeout: options.timeout,
      body: body as (args: never, call: Call) => unknown,
      callable,
      module: callingModule(this.entrypoint),
    };
    register(entrypoint);
    return callable as PrivilegedFunction<Args, ResultOf<Returns, Result>>;
  }
}

const contexts = new Map<string, Context>();

/**
 * Declares a context: one helper process for all functions of that name, with this user and these
 * capabilities and nothing more. The operator can override both in rootwrap.conf.
 *
 * @param name `a` to `z`, `0` to `9` and `-`
 * @throws DeclarationError for an unknown capability, an impossible option, or a second context of
 * the name with other options
 */
export function context(name: string, options: ContextOptions): Context {
  const declaration = declare(name, options);
  const known = contexts.get(name);
  const next = known ?? new Context(declaration);
  contexts.set(name, next);
  return next;
}

/** All contexts that this process has heard of. */
export function declaredContexts(): readonly Context[] {
  return [...contexts.values()];
}
