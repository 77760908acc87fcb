import { posix } from '../posix/addon.js';
import { givenVariable } from './given-environment.js';

/** uid_t's last value means "no user". */
const MAX_UID = 0xffff_fffe;

/**
 * By which a command that `tsrootwrap` or its daemon runs knows who asked for it, should it be `tsrootwrap-privileged`.
 * sudo's own variables are not handed on: git, for one, trusts the files of SUDO_UID's user.
 */
export const CALLER_UID = 'TSROOTWRAP_CALLER_UID';

/** What sudo and doas say about who asks does not go together. */
export class UnclearCallerError extends Error {
  override name = 'UnclearCallerError';
}

/**
 * Who asked: the user that sudo or doas says it acts for, else the one that a tsrootwrap before this one
 * says, else the one this process was started by.
 *
 * sudo always sets SUDO_UID, doas always DOAS_USER, and neither lets its caller choose that one. But
 * each may let the other's variable pass from its caller: sudo with `!env_reset`, doas with `keepenv`.
 * So where both are there they must name the same user. Nothing else tells the two apart for sure:
 * the command line, the parent process and the session can all be arranged by the caller.
 *
 * @throws {UnclearCallerError}
 */
export function callerUid(): number {
  const own = process.getuid?.() ?? -1;
  if (own !== 0) return own; // only root can be believed to have been started by these
  const sudoUid = givenVariable('SUDO_UID') || undefined;
  const doasUser = givenVariable('DOAS_USER') || undefined;
  const bySudo = sudoUid === undefined ? undefined : uidOf('SUDO_UID', sudoUid);
  if (doasUser === undefined) {
    const before = givenVariable(CALLER_UID);
    return bySudo ?? (before === undefined ? own : uidOf(CALLER_UID, before));
  }
  const { uid } = posix.lookupUser(doasUser) ?? {};
  if (uid === undefined) {
    throw unclear(`DOAS_USER is ${JSON.stringify(doasUser)}, which is no user here`);
  }
  if (bySudo !== undefined && bySudo !== uid) {
    throw unclear(`SUDO_UID is ${bySudo}, but DOAS_USER is ${doasUser}, who is ${uid}`);
  }
  return uid;
}

function uidOf(name: string, text: string): number {
  const uid = /^\d{1,10}$/.test(text) ? Number(text) : Number.POSITIVE_INFINITY;
  if (uid > MAX_UID) throw unclear(`${name} is ${JSON.stringify(text)}, which is no uid`);
  return uid;
}

function unclear(why: string): UnclearCallerError {
  return new UnclearCallerError(
    `it is not clear who asks: ${why}; call it with the variable that sudo or doas sets and without the other's`,
  );
}
