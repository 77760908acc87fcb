import { chmodSync, chownSync, readdirSync, rmdirSync, unlinkSync } from 'node:fs';
import { HeldPath } from './held-path.js';
import { errorCode } from './socket-directory-error.js';

/** A user can put more names there than anybody should wait for. */
const MOST_ENTRIES = 100_000;

/**
 * Removes a directory that was given to a user, with the files in it but nothing below. First it is
 * taken back, after which that user cannot change its entries any more. An empty directory in it is
 * removed; one with something in it is not looked into.
 *
 * @param base where only root and this process's user can change anything
 * @returns why it is still there and what to do; undefined when it is gone, or was before
 */
export function takeBackAndRemove(base: string, name: string): string | undefined {
  const path = `${base}/${name}`;
  try {
    if (!emptied(base, path)) {
      return `${path} stays behind: something is mounted on it; unmount that and remove it`;
    }
    rmdirSync(path);
    return undefined;
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT') return undefined;
    return `${path} stays behind (${code}); see what its user put there and remove it`;
  }
}

/** False when it was not touched, since a mount hides it. */
function emptied(base: string, path: string): boolean {
  const directory = new HeldPath(path, 'directory');
  try {
    if (!isOnMountOf(base, directory)) return false;
    if (process.geteuid?.() === 0) chownSync(directory.path, 0, 0);
    chmodSync(directory.path, 0o700);
    for (const name of readdirSync(directory.path, 'latin1').slice(0, MOST_ENTRIES)) {
      removeEntry(Buffer.from(`${directory.path}/${name}`, 'latin1'));
    }
    return true;
  } finally {
    directory.close();
  }
}

/** What cannot be removed stays; the removal of the directory tells. Stats nothing, see `HeldPath`. */
function removeEntry(path: Buffer): void {
  try {
    unlinkSync(path);
  } catch {
    try {
      rmdirSync(path);
    } catch {
      // not empty, a mount, or gone
    }
  }
}

/** Whether the held object is the base directory's own, and not what somebody mounted there. */
export function isOnMountOf(base: string, held: HeldPath): boolean {
  const parent = new HeldPath(base, 'directory');
  try {
    const mount = parent.mountId();
    return mount !== undefined && held.mountId() === mount;
  } finally {
    parent.close();
  }
}
