import { readFileSync } from 'node:fs';
import { posix } from '../../posix/addon.js';

/** Whose members become root when they like: by disks, containers, virtual machines or sudo itself. */
const GROUPS: ReadonlySet<string> = new Set([
  'root', 'wheel', 'sudo', 'admin', 'disk', 'kmem', 'shadow', 'docker', 'podman', 'lxd', 'lxc', 'incus', 'libvirt',
]); // biome-ignore format: a list reads better

/**
 * Whether a filter's user is root, or one who can become root. A user that cannot be looked up may be
 * root by another name.
 */
export function isAsGoodAsRoot(user: string): boolean {
  try {
    const found = posix.lookupUser(user);
    if (found === undefined || found.uid === 0) return true;
    const strong = strongGroups();
    return [found.gid, ...found.groups].some((gid) => strong.has(gid));
  } catch {
    return true;
  }
}

/** The numbers of those groups, as /etc/group has them (group(5)). */
function strongGroups(): ReadonlySet<number> {
  const found = new Set<number>();
  for (const line of readFileSync('/etc/group', 'utf8').split('\n')) {
    const [name = '', , gid = ''] = line.split(':');
    if (GROUPS.has(name)) found.add(Number(gid));
  }
  return found;
}
