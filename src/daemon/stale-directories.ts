import { readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { findBase } from './base-directory.js';
import { HeldPath } from './held-path.js';
import { hasEnded } from './process-start.js';
import { errorCode } from './socket-directory-error.js';
import { readName, SOCKET } from './socket-name.js';
import { isOnMountOf, takeBackAndRemove } from './take-back.js';

/** Milliseconds. A daemon of another pid namespace may be about to make its socket. */
const YOUNG = 10_000;

/**
 * Removes the directories that daemons left behind which were killed. One counts as left behind when
 * its process does not exist and its socket, if there is one, refuses connections. Anything that is
 * not sure stays. What cannot be removed stays too, without a word.
 *
 * @param base as for `SocketDirectory.make`; if that would refuse it, nothing is removed
 * @returns the paths that were removed
 */
export async function removeStale(base: string | undefined): Promise<string[]> {
  const found = findBase(base);
  if (found === undefined) return [];
  const removed: string[] = [];
  for (const name of namesIn(found)) {
    if (!(await isStale(found, name))) continue;
    if (takeBackAndRemove(found, name) === undefined) removed.push(`${found}/${name}`);
  }
  return removed;
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

async function isStale(base: string, name: string): Promise<boolean> {
  const owner = readName(name);
  if (owner === undefined || !hasEnded(owner.pid, owner.start)) return false;
  try {
    return await isAbandoned(base, `${base}/${name}`);
  } catch {
    return false; // another daemon removes it at the same time, or it is not what we make
  }
}

async function isAbandoned(base: string, path: string): Promise<boolean> {
  const directory = new HeldPath(path, 'directory');
  try {
    if (!isOnMountOf(base, directory)) return false;
    const { uid, ctimeMs } = directory.stat();
    const own = process.geteuid?.();
    if (own !== 0 && uid !== own) return false;
    return (await refusesConnections(base, directory)) ?? Date.now() - ctimeMs > YOUNG;
  } finally {
    directory.close();
  }
}

/** Undefined when there is no socket. */
async function refusesConnections(base: string, directory: HeldPath): Promise<boolean | undefined> {
  let socket: HeldPath;
  try {
    socket = new HeldPath(`${directory.path}/${SOCKET}`, 'anything');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    if (!isOnMountOf(base, socket)) return false;
    if (!socket.stat().isSocket()) return undefined;
    // by descriptor: its user could put a link to another program's socket there meanwhile
    return (await connectionError(socket.path)) === 'ECONNREFUSED';
  } finally {
    socket.close();
  }
}

/** Undefined when somebody accepts connections there. */
function connectionError(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const connection = connect(path);
    connection.once('connect', () => {
      connection.destroy();
      resolve(undefined);
    });
    connection.once('error', (error) => resolve(errorCode(error)));
  });
}
