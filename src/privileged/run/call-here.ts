import type { CallOptions } from '../contexts/entrypoint.js';
import { onAbort } from '../contexts/on-abort.js';
import { type Answer, reasonOf } from '../wire/answer.js';
import { DataError, type Parts, putTogether, takeApart } from '../wire/data.js';
import { PrivilegedError, type PrivilegedErrorCode } from '../wire/errors.js';
import { MOST_TEXT } from '../wire/messages.js';
import { Cancellation } from './cancellation.js';
import type { PreparedFunction, RunOptions } from './prepared-function.js';

/**
 * Calls a function in this process, with all that a call to a helper goes through: what it gets is a
 * copy that has been JSON, checked by its schema, and so is what it gives.
 *
 * @returns how it ended; rejects for arguments that are no plain data, and a signal aborted before
 */
export async function callHere(
  prepared: PreparedFunction,
  args: unknown,
  { signal }: CallOptions,
  options: Omit<RunOptions, 'cancellation'>,
): Promise<Answer> {
  signal?.throwIfAborted();
  const given = refusing('ERR_PRIVILEGED_ARGUMENTS', () =>
    throughJson(takeApart(args, 'args'), 'args'),
  );
  const cancellation = new Cancellation();
  const release = signal && onAbort(signal, () => cancellation.cancel());
  const outcome = await prepared.call(given, { ...options, cancellation });
  release?.();
  if ('parts' in outcome) {
    const { parts } = outcome;
    return { value: refusing('ERR_PRIVILEGED_RESULT', () => throughJson(parts, 'result')) };
  }
  const { failure } = outcome;
  return { reason: () => reasonOf(failure, signal) };
}

function throughJson({ value, places, bytes }: Parts, name: string): unknown {
  if (value === undefined) return undefined;
  const text = JSON.stringify(value);
  if (Buffer.byteLength(text) > MOST_TEXT) {
    throw new DataError(`${name}: larger than ${MOST_TEXT} bytes as JSON`);
  }
  return putTogether(JSON.parse(text), places, Buffer.concat(bytes));
}

function refusing<T>(code: PrivilegedErrorCode, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw error instanceof DataError ? new PrivilegedError(code, error.message) : error;
  }
}
