import type { Context } from '../contexts/context.js';
import { PrivilegedError } from '../wire/errors.js';

/** Why a body cannot reach another context: one helper has no way to another. */
export function notHere({ name }: Context): PrivilegedError {
  return new PrivilegedError(
    'ERR_PRIVILEGED_HELPER',
    `this is a helper, which cannot reach context ${name}; call both from the service`,
  );
}
