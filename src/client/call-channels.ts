import { channel } from 'node:diagnostics_channel';
import type { Result } from './result.js';

const START = channel('tsrootwrap.client.call.start');
const END = channel('tsrootwrap.client.call.end');
const ERROR = channel('tsrootwrap.client.call.error');

/**
 * What is published about one call of `execute` or `start`: one object for all its events, filled in as
 * more is known. No options are in it, since input and variables may be secrets.
 */
export interface CallEvent {
  readonly argv: readonly string[];
  /** From `end` on, of a command that ran. Their meaning is the Result's. */
  exitCode?: number | undefined;
  signal?: string | undefined;
  timedOut?: boolean;
  isCanceled?: boolean;
  durationMs?: number;
  /** Name of the filter that allowed it, if the daemon says so. */
  filter?: string | undefined;
  /** From `error` on: what the call rejects with. */
  error?: Error;
}

/** Publishes the beginning of a call. @returns undefined, at no cost, while nobody listens */
export function publishStart(argv: readonly string[]): CallEvent | undefined {
  if (!START.hasSubscribers && !END.hasSubscribers && !ERROR.hasSubscribers) return undefined;
  const event: CallEvent = { argv };
  START.publish(event);
  return event;
}

/** `error`, if it rejects, and then `end`. */
export function publishEnd(
  event: CallEvent,
  error: Error | undefined,
  result?: Result<unknown>,
  filter?: string,
): void {
  if (result) {
    const { exitCode, signal, timedOut, isCanceled, durationMs } = result;
    Object.assign(event, { exitCode, signal, timedOut, isCanceled, durationMs, filter });
  }
  if (error) {
    event.error = error;
    ERROR.publish(event);
  }
  END.publish(event);
}
