import type { ArgumentSchemas, Arguments, Given, Schema } from '../schema/types.js';
import type { LogLevel } from '../wire/messages.js';
import { shared } from '../wire/shared.js';
import { isDescribing } from './carrier.js';
import type { Context } from './context.js';
import { DeclarationError } from './declaration.js';
import { isMilliseconds, LONGEST_TIMER } from './milliseconds.js';

/** Where messages go: `console` fits, and so do the usual loggers. */
export type Logger = Readonly<Record<LogLevel, (message: string) => void>>;

/** What a privileged function gets besides its arguments. */
export interface Call {
  /** Aborted when the caller cancels, when the function's timeout is over, when the service is gone. */
  readonly signal: AbortSignal;
  /** Reaches the service's logger. */
  readonly log: Logger;
}

/** What a caller may say about one call. */
export interface CallOptions {
  /** Aborting it aborts the function's own; the call is over when the function is. */
  readonly signal?: AbortSignal;
}

export interface EntrypointOptions<Returns = Schema> {
  /** Milliseconds; none unless given. */
  readonly timeout?: number;
  /** What the result must be; any plain data unless given. */
  readonly returns?: Returns;
  /**
   * The name under which its module exports the function. It is found without being given where Node
   * loads the module, also by way of tsx; needed in a bundle, and for calls that go to a helper under
   * vitest. A helper does not start where the module exports the function under another name.
   */
  readonly name?: string;
}

/**
 * What the compiler names where `returns` is no schema, or the body returns something else than it
 * says: a body may return anything where there is no `returns`, and nothing is of this type.
 */
export interface BodyReturnsOtherwise {
  readonly [nothing]: never;
}
declare const nothing: unique symbol;

/** What one may await, or the value at once. */
type MaybePromise<Value> = Value | PromiseLike<Value>;

/** The function's body: it runs in the helper. */
export type Body<Args extends ArgumentSchemas, Result> = (
  args: Arguments<Args>,
  call: Call,
) => MaybePromise<Result>;

/** What `entrypoint` gives: the same to call on both sides. */
export type PrivilegedFunction<Args extends ArgumentSchemas, Result> =
  // without a required argument the object may be left out
  Record<never, never> extends Arguments<Args>
    ? (args?: GivenArguments<Args>, options?: CallOptions) => Promise<Result>
    : (args: GivenArguments<Args>, options?: CallOptions) => Promise<Result>;

/** `{}` as a type would let anything pass. */
type GivenArguments<Args extends ArgumentSchemas> = [keyof Args] extends [never]
  ? Readonly<Record<string, never>>
  : Given<Arguments<Args>>;

/** A function as `entrypoint` registered it. */
export interface Entrypoint {
  readonly context: Context;
  /** Undefined when the module gave none, which only `tsrootwrapctl check` lets pass. */
  readonly args: ArgumentSchemas | undefined;
  readonly returns: Schema | undefined;
  readonly timeout: number | undefined;
  /** The name of the export as the module says itself; undefined: it is looked up. */
  readonly name: string | undefined;
  readonly body: (args: never, call: Call) => unknown;
  /** What the module exports. */
  readonly callable: (args?: unknown, options?: CallOptions) => Promise<unknown>;
  /** The file URL or path of the module that registered it; undefined when the stack did not tell. */
  readonly module: string | undefined;
}

const OPTIONS = new Set(['timeout', 'returns', 'name']);
/** What the name of an export can be, and can be called by. */
const NAME = /^[A-Za-z_$][\w$]{0,199}$/;

/**
 * Checks what plain JavaScript may have given to `Context#entrypoint`. What the schemas say is checked
 * where they are compiled.
 *
 * @throws {DeclarationError}
 */
export function checkEntrypoint(
  context: string,
  args: unknown,
  body: unknown,
  options: unknown,
): void {
  const fault = (problem: string) =>
    new DeclarationError(`a function of context ${context}: ${problem}`);
  if (args === undefined || args === null) {
    if (!isDescribing()) {
      throw fault('its schema of arguments is missing; give one, `{}` where there are none');
    }
  } else if (!isRecord(args)) {
    throw fault('its first argument is not an object with a schema for each argument');
  }
  if (typeof body !== 'function') throw fault('its second argument is not a function');
  if (!isRecord(options)) throw fault('its options are not an object; leave them out');
  for (const key of Object.keys(options)) {
    if (!OPTIONS.has(key)) {
      throw fault(`there is no option ${JSON.stringify(key)}; remove it`);
    }
  }
  const { timeout, returns, name } = options;
  if (name !== undefined && !(typeof name === 'string' && NAME.test(name))) {
    throw fault('`name` is not the name of an export; leave it out to have it looked up');
  }
  if (timeout !== undefined && !isMilliseconds(timeout)) {
    throw fault(
      `\`timeout\` is not a whole number of milliseconds from 1 to ${LONGEST_TIMER}; leave it out for none`,
    );
  }
  if (returns !== undefined && !isRecord(returns)) {
    throw fault('`returns` is not a schema; leave it out to let any plain data pass');
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const registered = shared('entrypoints', () => new Map<unknown, Entrypoint>());

export function register(entrypoint: Entrypoint): void {
  registered.set(entrypoint.callable, entrypoint);
}

/** The entrypoint behind something that a module exports; undefined for anything else. */
export function entrypointOf(value: unknown): Entrypoint | undefined {
  return registered.get(value);
}

/** All entrypoints of this process, exported or not. */
export function registeredEntrypoints(): Iterable<Entrypoint> {
  return registered.values();
}
