import { lstatSync } from 'node:fs';
import { resolvePath } from '../../posix/resolve-path.js';
import { quoteForShell } from '../../posix/shell-word.js';
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
  const mode = (stats.mode & 0o7777).toString(8).padStart(4, '0');
  const quoted = quoteForShell(resolved.path);
  throw new StartError(
    `${path}: its owner is uid ${stats.uid} and its mode ${mode}, but only root may be able to change it; \`chown root ${quoted} && chmod go-w ${quoted}\` after checking what is in it`,
  );
}
