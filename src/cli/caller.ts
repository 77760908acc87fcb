import { posix } from '../posix/addon.js';

/**
 * Name of who asked, for the log: the user that sudo says it acts for, else the one this process
 * was started by. Only root can set SUDO_UID for a process that runs as root.
 */
export function caller(): string {
  const own = process.getuid?.() ?? -1;
  const sudoUid = process.env.SUDO_UID ?? '';
  const uid = own === 0 && /^\d{1,10}$/.test(sudoUid) ? Number(sudoUid) : own;
  return posix.userName(uid) ?? String(uid);
}
