import { DEFAULT_LIMITS, type MessageLimits } from '../wire/message-limits.js';

/** Bytes: what the answer to a call without a result needs has room. */
export const MIN_RESULT = 1024;
/** Bytes: far below the longest string of V8, which JSON becomes on both sides. */
export const MAX_RESULT = 128 * 1024 * 1024;

/** Whether a context may have this `maxResult`. */
export function isMaxResult(value: unknown): value is number {
  return (
    Number.isInteger(value) && (value as number) >= MIN_RESULT && (value as number) <= MAX_RESULT
  );
}

/**
 * What results of a context may have.
 *
 * @param maxResult the module's
 * @param cap the operator's, which lowers it and never raises it: a service knows the module only
 */
export function resultLimits(maxResult: number | undefined, cap = MAX_RESULT): MessageLimits {
  const { text, bytes } =
    maxResult === undefined ? DEFAULT_LIMITS : { text: maxResult, bytes: maxResult };
  return { text: Math.min(text, cap), bytes: Math.min(bytes, cap) };
}
