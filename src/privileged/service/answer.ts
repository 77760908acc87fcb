import { putTogether } from '../wire/data.js';
import { FunctionError, PrivilegedError } from '../wire/errors.js';
import type { ErrorMessage, Failure, ResultMessage } from '../wire/messages.js';

/**
 * What the answer to a call gives: the function's result.
 *
 * @param bytes what is behind the message
 * @throws {DataError} the answer is none
 */
export function resultOf(message: ResultMessage, bytes: Uint8Array): unknown {
  return putTogether(message.value, message.bytes, bytes, 'result');
}

/**
 * What a call that failed rejects with.
 *
 * @param signal the caller's
 */
export function reasonOf({ failure }: ErrorMessage, signal: AbortSignal | undefined): unknown {
  if (failure.kind === 'function') return new FunctionError(failure.thrown);
  if (failure.kind === 'refused') return new PrivilegedError(failure.code, failure.message);
  return signal?.reason;
}

/** Whether a function says that it was cancelled whom nobody has cancelled. */
export function isUnasked(failure: Failure, signal: AbortSignal | undefined): boolean {
  return failure.kind === 'cancelled' && signal?.aborted !== true;
}
