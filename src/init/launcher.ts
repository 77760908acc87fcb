import { isExecutable } from '../posix/executable.js';
import { resolvePath } from '../posix/resolve-path.js';
import { checkPlainPath } from './place.js';
import { InitRefused } from './refusal.js';

/** Where sudo looks for programs (its usual secure_path), and not the caller's PATH. */
const PLACES = [
  '/usr/local/sbin',
  '/usr/local/bin',
  '/usr/sbin',
  '/usr/bin',
  '/sbin',
  '/bin',
] as const;

const USUAL = '/usr/local/bin/tsrootwrap';

/** The executable that the sudoers lines name. */
export interface Launcher {
  readonly path: string;
  readonly state: 'installed' | 'missing' | 'exchangeable';
}

/**
 * The executable that was named, else the one that is installed, else where it usually is.
 *
 * @throws {InitRefused} for a path that means something else in sudoers, or names one of its siblings
 */
export function launcherFor(given: string | undefined): Launcher {
  const path = given ?? installed() ?? USUAL;
  checkPlainPath(path, 'the executable');
  const [, other] = /-(daemon|privileged)$/.exec(path) ?? [];
  if (other !== undefined) {
    throw new InitRefused(
      `${path} is ${other === 'daemon' ? 'the daemon' : 'what starts helpers'}; name the one for single commands, and the other lines are made from it`,
    );
  }
  if (!isExecutable(path)) return { path, state: 'missing' };
  return { path, state: resolvePath(path)?.exchangeable === false ? 'installed' : 'exchangeable' };
}

function installed(): string | undefined {
  return PLACES.map((place) => `${place}/tsrootwrap`).find(isExecutable);
}

/** Whether `sudo tsrootwrap` starts what lies at this path. */
export function isWhereSudoLooks(path: string): boolean {
  const found = installed();
  return found === undefined ? path === USUAL : found === path;
}
