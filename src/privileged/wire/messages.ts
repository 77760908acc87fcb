import type { PrivilegedErrorCode, ThrownError } from './errors.js';
import type { BytesPlace } from './place.js';

/** Raised when messages change so that one side does not understand the other. */
export const PROTOCOL = 1;

/** Bytes of the JSON text of one message, either way; of a result where its context says nothing else. */
export const MOST_TEXT = 1024 * 1024;

/** Bytes behind it: all `Uint8Array`s of one call's arguments, or of its result, together. */
export const MOST_BYTES = 16 * 1024 * 1024;

/**
 * Bytes of all calls that run: with as many a helper reads nothing more, not even what cancels one. A
 * service stays below.
 */
export const MOST_BYTES_AT_ONCE = 8 * MOST_BYTES;

/** Objects and arrays within each other. */
export const MOST_DEPTH = 64;

/** Runs a function. */
export interface CallMessage {
  readonly type: 'call';
  /** Chosen by the service, not in use by a call that has no answer yet: a whole number above 0. */
  readonly id: number;
  /** The name by which the function's module exports it. */
  readonly name: string;
  readonly args: unknown;
  readonly bytes?: readonly BytesPlace[];
}

/** Aborts the signal of a running function. One that is not running any more is passed over. */
export interface CancelMessage {
  readonly type: 'cancel';
  readonly id: number;
}

export type ToHelper = CallMessage | CancelMessage;

/** The first message of a helper, when all that it promises has been verified. */
export interface ReadyMessage {
  readonly type: 'ready';
  readonly protocol: number;
  readonly context: string;
  readonly functions: readonly string[];
}

/** In the place of `ready`, or later when it ends by itself; nothing comes after it. */
export interface FatalMessage {
  readonly type: 'fatal';
  readonly message: string;
}

export interface ResultMessage {
  readonly type: 'result';
  readonly id: number;
  /** Absent: undefined. */
  readonly value?: unknown;
  readonly bytes?: readonly BytesPlace[];
}

export type Failure =
  /** The function threw, or rejected. */
  | { readonly kind: 'function'; readonly thrown: ThrownError }
  /** Its signal was aborted by `cancel`, and it has ended. */
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'refused'; readonly code: PrivilegedErrorCode; readonly message: string };

export interface ErrorMessage {
  readonly type: 'error';
  readonly id: number;
  readonly failure: Failure;
}

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LogMessage {
  readonly type: 'log';
  readonly level: LogLevel;
  readonly message: string;
  /** The function that said it, where that is known. */
  readonly function?: string;
}

export type FromHelper = ReadyMessage | FatalMessage | ResultMessage | ErrorMessage | LogMessage;
