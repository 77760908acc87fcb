import { closeSync, fstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Character device 1:3 of Linux. Node opens it for itself. */
const DEV_NULL = 0x103;

interface OpenFile {
  readonly fd: number;
  /** What the link in /proc/self/fd says: `pipe:[1234]`, `anon_inode:[eventpoll]`, a path. */
  readonly name: string;
}

/**
 * Closes what this process's start left open above standard error: a lock would stay locked as long as
 * the daemon runs, a port taken, the other end of a pipe without its end. To be called before anything
 * is opened.
 *
 * Node has opened some by then, which are not to be told from others by number or flag, but by what
 * they are: queues and counters of its event loop, /dev/null, and pipes with both ends here. Nobody
 * else waits for one of these to be closed.
 *
 * @param kept to be left open
 */
export function closeInheritedDescriptors(kept: readonly number[] = []): void {
  const files = openFiles().filter(({ fd }) => fd > 2);
  const pipes = pipesWithBothEnds(files);
  for (const { fd, name } of files) {
    if (kept.includes(fd) || name.startsWith('anon_inode:') || pipes.has(name)) continue;
    if (fstatSync(fd).rdev !== DEV_NULL) closeSync(fd);
  }
}

/** Without the one by which the directory itself is read. */
function openFiles(): OpenFile[] {
  return readdirSync('/proc/self/fd').flatMap((entry) => {
    try {
      return { fd: Number(entry), name: readlinkSync(`/proc/self/fd/${entry}`) };
    } catch {
      return [];
    }
  });
}

function pipesWithBothEnds(files: readonly OpenFile[]): ReadonlySet<string> {
  const [readable, writable] = [new Set<string>(), new Set<string>()];
  for (const { fd, name } of files) {
    if (!name.startsWith('pipe:')) continue;
    if (isWritable(fd)) writable.add(name);
    else readable.add(name);
  }
  return new Set([...readable].filter((name) => writable.has(name)));
}

/** By the access mode of its open file: the last digit of `flags`, which is octal. */
function isWritable(fd: number): boolean {
  const info = readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1');
  return !/^flags:\s+\d*0$/m.test(info);
}
