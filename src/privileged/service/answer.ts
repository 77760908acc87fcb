import { putTogether } from '../wire/data.js';
import type { Failure, ResultMessage } from '../wire/messages.js';

/**
 * What the answer to a call gives: the function's result.
 *
 * @param bytes what is behind the message
 * @throws {DataError} the answer is none
 */
export function resultOf(message: ResultMessage, bytes: Uint8Array): unknown {
  return putTogether(message.value, message.bytes, bytes, 'result');
}

/** Whether a function says that it was cancelled whom nobody has cancelled. */
export function isUnasked(failure: Failure, signal: AbortSignal | undefined): boolean {
  return failure.kind === 'cancelled' && signal?.aborted !== true;
}
