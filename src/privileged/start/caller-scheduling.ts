import { readFileSync, writeFileSync } from 'node:fs';
import { isPosixError, posix } from '../../posix/addon.js';
import { StartError } from './start-error.js';

/** Whom the kernel ends first when there is no memory: from -1000, never, to 1000. */
const OOM_SCORE = '/proc/self/oom_score_adj';

/** By the system call that failed, what the caller may have used. */
const BEFOREHAND: Readonly<Record<string, string>> = {
  sched_setscheduler: 'the scheduling policy of the caller',
  setpriority: 'the nice value of the caller',
};

/**
 * Takes back when, where and how long a caller lets its processes run: sudo passes it on, and with it a
 * caller could have a function wait for an idle machine, or be the first that the kernel ends for lack
 * of memory, in the middle of a file that it writes. What only root can have given stays.
 *
 * @throws {StartError} where the system does not let this process do that
 */
export function takeBackScheduling(): void {
  try {
    posix.takeBackScheduling();
  } catch (error) {
    if (!isPosixError(error)) throw error;
    const what = BEFOREHAND[error.syscall] ?? `what the caller did by ${error.syscall}`;
    throw new StartError(`${what} cannot be taken back (${error.code}); start it without that`);
  }
  try {
    if (Number(readFileSync(OOM_SCORE, 'latin1')) > 0) writeFileSync(OOM_SCORE, '0');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new StartError(
      `the oom_score_adj of the caller cannot be taken back (${code}); start it without that`,
    );
  }
}
