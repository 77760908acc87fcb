import { lstatSync, readdirSync, type Stats } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { quote } from '../config/quote.js';
import { resolvePath } from '../posix/resolve-path.js';
import { InitRefused } from './refusal.js';

/** Characters that mean only themselves in sudoers, in rootwrap.conf and in a shell. */
const PLAIN_PATH = /^(?:\/[A-Za-z0-9_.+-]+)+$/;

/** Where a file of the name `sudoers` is in force as soon as it is there. */
const SUDOS_OWN = /\/(?:etc|sudoers\.d)$/;

/** Characters. */
const LONGEST = 1024;

/** @throws {InitRefused} for a path that could not be written into sudoers and rootwrap.conf as it is */
export function checkPlainPath(path: string, what: string): void {
  if (PLAIN_PATH.test(path) && path.length <= LONGEST && resolve(path) === path) return;
  throw new InitRefused(
    `${what} ${quote(path)} cannot be written into sudoers safely; use an absolute path of letters, digits, \`_\`, \`.\`, \`+\` and \`-\`, without \`..\``,
  );
}

/**
 * Where the files will lie: the canonical path of a directory, or of one to be made in an existing one.
 *
 * @throws {InitRefused} when others could exchange what stands there, or it cannot be written safely
 */
export function placeFor(given: string): { readonly directory: string; readonly exists: boolean } {
  const wanted = resolve(given);
  const parent = resolvePath(dirname(wanted));
  if (!parent?.exists) {
    throw new InitRefused(
      `there is no directory ${dirname(wanted)}; make it first, as in \`install -d -o root -g root -m 0755 DIRECTORY\``,
    );
  }
  const directory = `${parent.path === '/' ? '' : parent.path}/${wanted.slice(wanted.lastIndexOf('/') + 1)}`;
  checkPlainPath(directory, 'the directory');
  if (SUDOS_OWN.test(directory)) {
    throw new InitRefused(
      `sudo itself would read a file \`sudoers\` in ${directory}; name a directory of the service's own, such as /etc/app`,
    );
  }
  const stats = standing(directory);
  if (stats !== undefined && !stats.isDirectory()) {
    throw new InitRefused(
      `${directory} is ${stats.isSymbolicLink() ? 'a symbolic link; name where it leads' : 'no directory; name another'}`,
    );
  }
  // a name in it as well: what others may do in the directory counts as much as what is above it
  if (resolvePath(`${directory}/rootwrap.conf`)?.exchangeable !== false) {
    throw new InitRefused(
      `others could exchange ${directory} or what is in it, and so the policy; name a directory that only root can change on the whole way, such as /etc/app`,
    );
  }
  return { directory, exists: stats !== undefined };
}

/** @throws {InitRefused} when anything stands there, even a link to nothing */
export function checkAbsent(path: string, advice: string): void {
  if (standing(path) === undefined) return;
  throw new InitRefused(`${path} exists already, and nothing was written; ${advice}`);
}

/**
 * Whether a directory for filter files stands there already, with nothing in it.
 *
 * @throws {InitRefused} when something is in it, which would become part of the policy
 */
export function isEmptyDirectory(path: string): boolean {
  const stats = standing(path);
  if (stats === undefined) return false;
  if (!stats.isDirectory() || readdirSync(path).length > 0) {
    throw new InitRefused(
      `${path} exists already, and nothing was written; move it away, or name another directory`,
    );
  }
  if (resolvePath(`${path}/x`)?.exchangeable !== false) {
    throw new InitRefused(`others can write to ${path}; \`chmod go-w ${path}\` first`);
  }
  return true;
}

function standing(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}
