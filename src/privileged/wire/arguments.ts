import { DataError, type Parts, takeApart } from './data.js';
import { PrivilegedError } from './errors.js';

/**
 * The arguments of a call as they are now, for whatever carries it: what the caller does to them later
 * changes nothing.
 *
 * @throws {PrivilegedError} they are no plain data, or too much of it
 */
export function partsOf(args: unknown): Parts {
  try {
    return takeApart(args, 'args');
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    throw new PrivilegedError('ERR_PRIVILEGED_ARGUMENTS', error.message);
  }
}
