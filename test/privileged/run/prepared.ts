import { Context } from '#src/privileged/contexts/context.js';
import { declare } from '#src/privileged/contexts/declaration.js';
import { type Call, type Entrypoint, entrypointOf } from '#src/privileged/contexts/entrypoint.js';
import { PreparedFunction } from '#src/privileged/run/prepared-function.js';
import type { ArgumentSchemas, Schema } from '#src/privileged/schema/types.js';

export interface Made {
  /** One optional `x` unless given. */
  readonly args?: ArgumentSchemas;
  readonly returns?: Schema;
  readonly timeout?: number;
  readonly gracePeriod?: number;
  readonly maxResult?: number;
}

const OPTIONAL = { x: { type: 'integer', optional: true } } as const;

/** A function `f` of a context of its own, ready to be called. */
export function prepared(
  body: (args: never, call: Call) => unknown,
  made: Made = {},
): PreparedFunction {
  const { args = OPTIONAL, gracePeriod = 60_000, maxResult, ...options } = made;
  const context = new Context(declare('test', { user: 'nobody', gracePeriod, maxResult }));
  const callable = context.entrypoint(args, body as never, options as object);
  return new PreparedFunction('f', entrypointOf(callable) as Entrypoint);
}
