import { readFileSync } from 'node:fs';
import { posix } from '../../posix/addon.js';

/** The name and number of a user, as messages have them. */
export function userShown(uid: number): string {
  const name = posix.userName(uid);
  return name === undefined ? `uid ${uid}` : `${name} (uid ${uid})`;
}

let groups: ReadonlyMap<number, string> | undefined;

/** The name of a group in /etc/group, which Node cannot ask for; the number where there is none. */
export function groupShown(gid: number): string {
  groups ??= readGroups();
  return groups.get(gid) ?? `gid ${gid}`;
}

/** All groups of a user; empty for one that does not exist. */
export function groupsOf(user: string): ReadonlySet<number> {
  const found = posix.lookupUser(user);
  return new Set(found === undefined ? [] : [found.gid, ...found.groups]);
}

function readGroups(): ReadonlyMap<number, string> {
  try {
    const lines = readFileSync('/etc/group', 'utf8').split('\n');
    return new Map(
      lines.map((line) => line.split(':')).map(([name = '', , gid]) => [Number(gid), name]),
    );
  } catch {
    return new Map(); // the number will do
  }
}
