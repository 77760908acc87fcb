// Where a test file runs as root: in a mount namespace with an /etc of its own. What it leaves there,
// such as accounts and lines of sudoers, is gone with its last process, however that ended, and two
// files that add accounts at the same time do not meet.
import { spawnSync } from 'node:child_process';

/** `$1` is left to the file system that holds the changes; the other words are run. */
const OWN_ETC = `
changes=$1; shift
mount -t tmpfs -o mode=0755 tmpfs "$changes" &&
mkdir "$changes/upper" "$changes/work" &&
mount -t overlay -o "lowerdir=/etc,upperdir=$changes/upper,workdir=$changes/work" overlay /etc &&
exec "$@"
`;

/** @returns words to be put before a command, none where this is not possible */
export function ownEtc() {
  if (process.geteuid?.() !== 0) return [];
  // any directory that is always there and that no test looks at
  const words = ['unshare', '-m', '--propagation', 'private', 'sh', '-c', OWN_ETC, 'sh', '/mnt'];
  const [command, ...args] = [...words, 'true'];
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0 ? words : [];
}
