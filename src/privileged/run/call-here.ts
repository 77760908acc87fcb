import type { CallOptions } from '../contexts/entrypoint.js';
import { onAbort } from '../contexts/on-abort.js';
import { type Answer, reasonOf } from '../wire/answer.js';
import { DataError, type Parts, putTogether } from '../wire/data.js';
import { PrivilegedError, type PrivilegedErrorCode } from '../wire/errors.js';
import { jsonText } from '../wire/json-text.js';
import { DEFAULT_LIMITS, type MessageLimits } from '../wire/message-limits.js';
import { Cancellation } from './cancellation.js';
import type { PreparedFunction, RunOptions } from './prepared-function.js';

/**
 * Calls a function in this process, with all that a call to a helper goes through: what it gets is a
 * copy that has been JSON, checked by its schema, and so is what it gives.
 *
 * @param args as `partsOf` gives them
 * @returns how it ended; rejects for data that is too large to cross, and a signal aborted before
 */
export async function callHere(
  prepared: PreparedFunction,
  args: Parts,
  { signal }: CallOptions,
  options: Omit<RunOptions, 'cancellation'>,
): Promise<Answer> {
  signal?.throwIfAborted();
  const given = throughJson(args, 'args', 'ERR_PRIVILEGED_ARGUMENTS', DEFAULT_LIMITS);
  const cancellation = new Cancellation();
  const release = signal && onAbort(signal, () => cancellation.cancel());
  const outcome = await prepared.call(given, { ...options, cancellation });
  release?.();
  if ('parts' in outcome) {
    const { resultLimits } = prepared;
    return { value: throughJson(outcome.parts, 'result', 'ERR_PRIVILEGED_RESULT', resultLimits) };
  }
  const { failure } = outcome;
  return { reason: () => reasonOf(failure, signal) };
}

/** @throws {PrivilegedError} it is too large */
function throughJson(
  { value, places, bytes }: Parts,
  name: string,
  code: PrivilegedErrorCode,
  { text }: MessageLimits,
): unknown {
  if (value === undefined) return undefined;
  try {
    return putTogether(JSON.parse(jsonText(value, text)), places, Buffer.concat(bytes));
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    throw new PrivilegedError(code, `${name}: ${error.message}`);
  }
}
