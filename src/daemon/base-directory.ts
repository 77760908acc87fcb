import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { givenVariable } from '../exec/given-environment.js';
import { resolvePath, trustedDirectories } from '../posix/resolve-path.js';
import { HeldPath } from './held-path.js';
import { errorCode, SocketDirectoryError } from './socket-directory-error.js';

const OF_ROOT = '/run/tsrootwrap';

/**
 * The directory in which daemons make the directories of their sockets, made if it is missing: for
 * root with mode 0755, else 0700.
 *
 * @param wanted undefined: the default of this process's user
 * @returns its canonical path, on which nobody but root and this process's user can change anything
 * @throws {SocketDirectoryError} when it is not such a directory or cannot be made
 */
export function makeBase(wanted: string | undefined): string {
  const written = wanted ?? defaultBase();
  const place = resolvePath(written);
  if (place === undefined) throw notOurs(written);
  if (!place.exists) {
    // root makes nothing where others say what its names mean
    if (isRoot() && place.exchangeable) throw notOurs(written);
    makeDirectory(place.path, isRoot() ? 0o755 : 0o700);
  }
  const made = trusted(written);
  if (made === undefined) throw notOurs(written);
  return made;
}

/** What `makeBase` would return; undefined when it would make it or throw. */
export function findBase(wanted: string | undefined): string | undefined {
  return trusted(wanted ?? defaultBase());
}

/** Asked of the path as written: a stranger's link on the way must not choose the directory. */
function trusted(written: string): string | undefined {
  const [path] = trustedDirectories([written]);
  return path && resolvePath(path)?.path;
}

function defaultBase(): string {
  if (isRoot()) return OF_ROOT;
  const runtime = givenVariable('XDG_RUNTIME_DIR');
  return runtime !== undefined && isPrivate(runtime)
    ? join(runtime, 'tsrootwrap')
    : join(resolve(givenVariable('TMPDIR') || '/tmp'), `tsrootwrap-${process.geteuid?.()}`);
}

/** As the XDG Base Directory Specification asks for: of that user, and no access for others. */
function isPrivate(directory: string): boolean {
  if (trustedDirectories([directory]).length === 0) return false;
  const { uid, mode } = statSync(directory);
  return uid === process.geteuid?.() && (mode & 0o077) === 0;
}

/**
 * A directory with exactly this mode, whatever the umask; what stands there already is left as it is.
 *
 * @throws {SocketDirectoryError}
 */
function makeDirectory(path: string, mode: number): void {
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return; // another daemon starts at the same time
    throw notMade(path, error);
  }
  try {
    const made = new HeldPath(path, 'directory');
    try {
      chmodSync(made.path, mode);
    } finally {
      made.close();
    }
  } catch (error) {
    throw notMade(path, error);
  }
}

/** The error for a directory that the system refuses to make. */
export function notMade(path: string, error: unknown): SocketDirectoryError {
  const code = errorCode(error);
  const full = code === 'ENOSPC' || code === 'EDQUOT' ? 'free space there or ' : '';
  return new SocketDirectoryError(
    `${path}: the directory of the daemon's socket cannot be made (${code}); ${full}set daemon_directory in rootwrap.conf to a directory where it can`,
  );
}

function notOurs(path: string): SocketDirectoryError {
  const who = isRoot() ? 'root' : 'root and you';
  return new SocketDirectoryError(
    `${path}: the daemon's socket needs a directory that nobody but ${who} can change, on the whole way to it; set daemon_directory in rootwrap.conf to one`,
  );
}

function isRoot(): boolean {
  return process.geteuid?.() === 0;
}
