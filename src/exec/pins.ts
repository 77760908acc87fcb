import type { PosixError } from '../posix/addon.js';

/** How opening a path fails that was canonical when it was checked, and is no longer. */
const CHANGED: ReadonlySet<string> = new Set(['ELOOP', 'ENOENT', 'ENOTDIR', 'EISDIR']);

/** Whether a program did not start because somebody exchanged a path after it was checked. */
export function isExchangedPath(error: PosixError): boolean {
  return error.step === 'pin' && CHANGED.has(error.code);
}
