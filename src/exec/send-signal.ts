import { closeSync } from 'node:fs';
import { posix } from '../posix/addon.js';
import { programOf } from '../posix/process-program.js';
import type { Identity } from './identity.js';
import type { SignalPlan } from './plan.js';
import { searchPath } from './search-path.js';

/**
 * Sends the plan's signal. The process is held by a descriptor, looked at again and only then
 * signalled, so that it cannot be another one that got the same number in between.
 *
 * @param identity who to send it as: that of the plan's user
 * @returns false, with nothing sent, when the process no longer runs the plan's program
 * @throws PosixError (ESRCH: it has ended; EPERM: the user may not)
 */
export function sendSignal(plan: SignalPlan, { credentials }: Identity): boolean {
  const { pid, program, signal } = plan;
  const process = posix.pidfdOpen(pid);
  try {
    const now = programOf(pid, searchPath());
    posix.pidfdSendSignal(process, 0); // still there, so /proc told of this very process
    if (now !== program) return false;
    if (credentials === undefined) posix.pidfdSendSignal(process, signal);
    else posix.signalAs(process, signal, credentials);
    return true;
  } finally {
    closeSync(process);
  }
}
