import { isPosixError, posix } from '../../posix/addon.js';
import { RLIMIT } from '../../posix/limits.js';
import { StartError } from './start-error.js';

/** What each limit has to be at least; null: there must be none. */
const LEAST: Readonly<Record<string, number | null>> = {
  CPU: null,
  FSIZE: null,
  DATA: null,
  STACK: 8 * 1024 * 1024,
  NPROC: 1024,
  NOFILE: 4096,
  MEMLOCK: 64 * 1024,
  AS: null,
  SIGPENDING: 1024,
  MSGQUEUE: 819_200,
  RTTIME: null,
};

/**
 * Takes back the limits that a caller may have set: sudo lets them through, and with them a caller
 * could have a function fail, or be killed, in the middle of a file that it writes. No core file is
 * written, which would hold what the functions know.
 *
 * @throws {StartError} where the system does not let this process raise one
 */
export function takeBackLimits(): void {
  posix.setLimit(RLIMIT.CORE, 0, 0);
  for (const [name, least] of Object.entries(LEAST)) {
    const resource = RLIMIT[name as keyof typeof RLIMIT];
    const { soft, hard } = posix.getLimit(resource);
    try {
      posix.setLimit(resource, higher(soft, least), higher(hard, least));
    } catch (error) {
      if (!isPosixError(error)) throw error;
      throw new StartError(
        `RLIMIT_${name} is ${hard} and cannot be raised to ${least ?? 'unlimited'} (${error.code}); start it without that limit`,
      );
    }
  }
}

function higher(limit: number | null, least: number | null): number | null {
  return limit === null || least === null ? null : Math.max(limit, least);
}
