/** There is no place for the daemon's socket. The message says what to do about it. */
export class SocketDirectoryError extends Error {
  override readonly name = 'SocketDirectoryError';
}

/** `ENOSPC` and the like; `unknown` for what did not come from the system. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}
