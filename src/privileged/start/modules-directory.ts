import { lstatSync } from 'node:fs';
import { ownerFault } from '../../config/trusted-file.js';
import { resolvePath } from '../../posix/resolve-path.js';
import { StartError } from './start-error.js';

const WRITABLE_BY_GROUP_OR_OTHERS = 0o022;

/**
 * The canonical path of a directory whose modules may be loaded: it is root's, and nobody else decides
 * what stands there, on the whole way to it. For another user than root, also one of its own.
 *
 * @throws {StartError}
 */
export function modulesDirectory(path: string): string {
  const resolved = resolvePath(path);
  if (!resolved?.exists) {
    throw new StartError(
      `there is no directory ${path}; install the modules there, or correct privileged_modules`,
    );
  }
  if (resolved.exchangeable) {
    throw new StartError(
      `others could replace ${path}, or a directory or a link on the way to it; let root alone own and change each of them`,
    );
  }
  const stats = lstatSync(resolved.path);
  if (!stats.isDirectory()) {
    throw new StartError(`${path} is not a directory; name the directory that holds the modules`);
  }
  const own = process.geteuid?.();
  if ((stats.uid === 0 || stats.uid === own) && (stats.mode & WRITABLE_BY_GROUP_OR_OTHERS) === 0) {
    return resolved.path;
  }
  throw new StartError(`${path}: ${ownerFault(stats, resolved.path, 'what is in it')}`);
}
