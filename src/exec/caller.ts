import { posix } from '../posix/addon.js';
import { givenVariable } from './given-environment.js';

/**
 * By which a command that `tsrootwrap` runs knows who asked for it, should it be `tsrootwrap-privileged`.
 * sudo's own variables are not handed on: git, for one, trusts the files of SUDO_UID's user.
 */
export const CALLER_UID = 'TSROOTWRAP_CALLER_UID';

/**
 * Who asked: the user that sudo says it acts for, else the one that a tsrootwrap before this one says,
 * else the one this process was started by. Only root can set these for a process that runs as root.
 */
export function callerUid(): number {
  const own = process.getuid?.() ?? -1;
  if (own !== 0) return own;
  const sudoUid = givenVariable('SUDO_UID') ?? givenVariable(CALLER_UID) ?? '';
  return /^\d{1,10}$/.test(sudoUid) ? Number(sudoUid) : own;
}

/** That user's name, for the log; the number when there is no name. */
export function caller(): string {
  return nameOf(callerUid());
}

export function nameOf(uid: number): string {
  return posix.userName(uid) ?? String(uid);
}
