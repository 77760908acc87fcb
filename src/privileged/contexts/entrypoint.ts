import type { ArgumentSchemas, Arguments, Schema, ValueOf } from '../schema/types.js';
import type { LogLevel } from '../wire/messages.js';
import type { Context } from './context.js';

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

export interface EntrypointOptions<Returns extends Schema | undefined = Schema | undefined> {
  /** Milliseconds; none unless given. */
  readonly timeout?: number;
  /** What the result must be; any plain data unless given. */
  readonly returns?: Returns;
}

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
    ? (args?: Arguments<Args>, options?: CallOptions) => Promise<Result>
    : (args: Arguments<Args>, options?: CallOptions) => Promise<Result>;

export type ResultOf<Returns, Result> = Returns extends Schema ? ValueOf<Returns> : Result;

/** A function as `entrypoint` registered it. */
export interface Entrypoint {
  readonly context: Context;
  /** Undefined when the module gave none, which only `tsrootwrapctl check` lets pass. */
  readonly args: ArgumentSchemas | undefined;
  readonly returns: Schema | undefined;
  readonly timeout: number | undefined;
  readonly body: (args: never, call: Call) => unknown;
  /** What the module exports. */
  readonly callable: (args?: unknown, options?: CallOptions) => Promise<unknown>;
  /** The file URL or path of the module that registered it; undefined when the stack did not tell. */
  readonly module: string | undefined;
}

const registered = new WeakMap<object, Entrypoint>();

export function register(entrypoint: Entrypoint): void {
  registered.set(entrypoint.callable, entrypoint);
}

/** The entrypoint behind something that a module exports; undefined for anything else. */
export function entrypointOf(value: unknown): Entrypoint | undefined {
  return typeof value === 'function' ? registered.get(value) : undefined;
}
