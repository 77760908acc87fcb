import { type Credentials, posix } from '../posix/addon.js';

/** The user that a plan names is not in the user database. */
export class UnknownUserError extends Error {
  override readonly name = 'UnknownUserError';

  constructor(readonly user: string) {
    super(`unknown user: ${user}`);
  }
}

/** Who a command runs as. */
export interface Identity {
  readonly home: string;
  /** Undefined when this process may not change and need not: see `identityOf`. */
  readonly credentials: Credentials | undefined;
}

/**
 * The uid, gid and supplementary groups of a user. A process that is not root keeps its own for a
 * command that is to run as that same user or as root, as oslo.rootwrap does: what root's command
 * needs root for will then fail by itself.
 *
 * @throws UnknownUserError
 */
export function identityOf(name: string): Identity {
  const user = posix.lookupUser(name);
  if (user === undefined) throw new UnknownUserError(name);
  const own = process.geteuid?.();
  if (own !== 0 && (user.uid === 0 || user.uid === own))
    return { home: user.home, credentials: undefined };
  const { uid, gid, groups, home } = user;
  return { home, credentials: { uid, gid, groups } };
}
