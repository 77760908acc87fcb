import { shared } from './shared.js';

/** What can go wrong with a call besides the function itself. */
export const PRIVILEGED_ERROR_CODES = [
  /** The arguments are no plain data, or not what the schema says; the function was not called. */
  'ERR_PRIVILEGED_ARGUMENTS',
  /** The function ran; what it returned is no plain data, too large, or not what `returns` says. */
  'ERR_PRIVILEGED_RESULT',
  /** The context has no such function. */
  'ERR_PRIVILEGED_UNKNOWN',
  /** The function did not end within its timeout. */
  'ERR_PRIVILEGED_TIMEOUT',
  /** The helper could not be started, or has ended. */
  'ERR_PRIVILEGED_HELPER',
] as const;

export type PrivilegedErrorCode = (typeof PRIVILEGED_ERROR_CODES)[number];

/** A call that failed for a reason that is not the function's own. */
export const PrivilegedError = shared(
  'PrivilegedError',
  () =>
    class PrivilegedError extends Error {
      override readonly name = 'PrivilegedError';

      constructor(
        readonly code: PrivilegedErrorCode,
        message: string,
      ) {
        super(message);
      }
    },
);
export type PrivilegedError = InstanceType<typeof PrivilegedError>;

/**
 * What the function itself threw, as it looked there: `name`, `message` and, where it had one, `code`.
 * `remoteStack` is there only where the operator has turned `debug` on for the context.
 */
export const FunctionError = shared(
  'FunctionError',
  () =>
    class FunctionError extends Error {
      override readonly name: string;
      declare readonly code?: string | number;
      declare readonly remoteStack?: string;

      constructor(thrown: ThrownError) {
        super(thrown.message);
        this.name = thrown.name;
        if (thrown.code !== undefined) this.code = thrown.code;
        if (thrown.stack !== undefined) this.remoteStack = thrown.stack;
      }
    },
);
export type FunctionError = InstanceType<typeof FunctionError>;

/** An error as it crosses from process to process. */
export interface ThrownError {
  readonly name: string;
  readonly message: string;
  readonly code?: string | number;
  readonly stack?: string;
}
