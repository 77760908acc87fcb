import { posix } from '../posix/addon.js';
import { RLIMIT } from '../posix/limits.js';

/**
 * The soft limit of open files for the command: the caller's own, lowered to the configured one
 * and never raised. Node raises its own limit when it starts, so the launcher passes the caller's
 * on in a variable; a false one could at most reach the hard limit, which the caller has anyway.
 *
 * @param configured rlimit_nofile
 */
export function softNofileLimit(configured: number): number {
  const told = Number(process.env.TSROOTWRAP_SOFT_NOFILE);
  const { soft, hard } = posix.getLimit(RLIMIT.NOFILE);
  const own = Number.isSafeInteger(told) && told > 0 ? told : soft;
  return Math.min(configured, own ?? configured, hard ?? configured);
}
