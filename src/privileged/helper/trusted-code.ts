import { lstatSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Looked, type Seen, walkPath } from '../../posix/resolve-path.js';

/** A file that is not loaded as code: somebody else could change what it says. */
export class UntrustedCodeError extends Error {
  override readonly name = 'UntrustedCodeError';
}

/**
 * Checks that nobody but these users can change a file, or put another in its place: it, each
 * directory and each link on the way to it belong to them, and neither group nor others may write
 * there. In a directory with the sticky bit, such as /tmp, everybody may make names, but only the owner
 * of one, who is asked for too, can take it away.
 *
 * What passed cannot be changed by anybody else afterwards, so there is no hurry to read it.
 *
 * @param path absolute
 * @param owners uids
 * @returns the canonical path
 * @throws {UntrustedCodeError}
 */
export function admit(path: string, owners: readonly number[]): string {
  const seen: Seen = new Map();
  let fault: string | undefined;
  const resolved = walkPath(path, seen, (directory, entry) => {
    fault ??= faultOf(directory.path, directory.stats, owners);
    fault ??= faultOf(entry.path, entry.stats, owners);
    return fault === undefined ? 'on' : 'enough';
  });
  fault ??= resolved === undefined ? 'too many links lead to it' : undefined;
  if (fault === undefined && resolved !== undefined) {
    if (seen.get(resolved.path)?.isFile()) return resolved.path;
    fault = `${resolved.path} is not a file`;
  }
  throw new UntrustedCodeError(`${path} is not loaded: ${fault}`);
}

/** The same for the package.json files beside and above a file: they say what it is. */
export function admitPackageFiles(path: string, owners: readonly number[]): void {
  for (let directory = dirname(path); ; directory = dirname(directory)) {
    admitIfThere(join(directory, 'package.json'), owners);
    if (directory === '/') return;
  }
}

export function admitIfThere(path: string, owners: readonly number[]): void {
  if (isThere(path)) admit(path, owners);
}

function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    // below a file, or too long a name: nothing can be there
    const { code } = error as NodeJS.ErrnoException;
    return code !== 'ENOTDIR' && code !== 'ENAMETOOLONG';
  }
}

function faultOf(path: string, stats: Looked, owners: readonly number[]): string | undefined {
  if (stats === undefined) return `${path} is not there`;
  if (stats === null) return `whose ${path} is cannot be told; let everybody enter its directory`;
  if (!owners.includes(stats.uid)) {
    const allowed = owners.filter((owner) => owner !== 0);
    const whose = allowed.length === 0 ? 'root' : `root or user ${allowed.join(', ')}`;
    return `${path} belongs to user ${stats.uid}; it has to be ${whose}'s (chown)`;
  }
  if (stats.isSymbolicLink() || (stats.mode & 0o022) === 0) return undefined;
  if (stats.isDirectory() && (stats.mode & 0o1000) !== 0) return undefined;
  return `others than its owner may write to ${path}; take that from them (chmod go-w)`;
}
