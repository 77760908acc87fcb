export type { Capability } from './contexts/capabilities.js';
export { Context, context } from './contexts/context.js';
export { type ContextOptions, DeclarationError } from './contexts/declaration.js';
export type {
  Body,
  Call,
  CallOptions,
  EntrypointOptions,
  Logger,
  PrivilegedFunction,
} from './contexts/entrypoint.js';
export type { ArgumentSchemas, Arguments, Schema, ValueOf } from './schema/types.js';
export { FunctionError, PrivilegedError, type PrivilegedErrorCode } from './wire/errors.js';
