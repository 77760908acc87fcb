import { FunctionError, PrivilegedError } from './errors.js';
import type { Failure } from './messages.js';

/**
 * How a call ended. What it rejects with is made by whoever waits for it: only an error that is made
 * after their `await` has their line in its stack.
 */
export type Answer = { readonly value: unknown } | { readonly reason: () => unknown };

/** What the call gives; throws what it rejects with. */
export function settled(answer: Answer): unknown {
  if ('reason' in answer) throw answer.reason();
  return answer.value;
}

/**
 * What a call that failed rejects with.
 *
 * @param signal the caller's
 */
export function reasonOf(failure: Failure, signal: AbortSignal | undefined): unknown {
  if (failure.kind === 'function') return new FunctionError(failure.thrown);
  if (failure.kind === 'refused') return new PrivilegedError(failure.code, failure.message);
  return signal?.reason;
}

/** An error that many are told of, as one of them gets it. */
export function copyOf({ code, message }: PrivilegedError): PrivilegedError {
  return new PrivilegedError(code, message);
}
