import { trustedDirectories } from '../posix/resolve-path.js';
import { givenVariable } from './given-environment.js';

/**
 * The directories of PATH in which programs may be found. An empty or relative entry means the
 * working directory, which is the caller's, and is left out. For root, so is a directory that
 * anybody else could write to.
 *
 * @param path the value of PATH; undefined when it is not set
 */
export function searchPath(path: string | undefined = givenVariable('PATH')): string[] {
  const directories = (path ?? '').split(':').filter((directory) => directory.startsWith('/'));
  return process.geteuid?.() === 0 ? trustedDirectories(directories) : directories;
}
