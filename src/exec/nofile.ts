import { posix } from '../posix/addon.js';
import { RLIMIT } from '../posix/limits.js';
import { givenLimits } from './given-environment.js';

/**
 * The soft limit of open files for the command: the caller's own, lowered to the configured one and
 * never raised. Node raises its own limit when it starts, so the launcher tells what it was.
 *
 * @param configured rlimit_nofile
 */
export function softNofileLimit(configured: number): number {
  const told = givenLimits().find(({ resource }) => resource === RLIMIT.NOFILE);
  const { soft, hard } = told ?? posix.getLimit(RLIMIT.NOFILE);
  return Math.min(configured, soft ?? configured, hard ?? configured);
}
