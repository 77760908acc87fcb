import { readFileSync } from 'node:fs';

/**
 * When a process started, in the kernel's clock ticks since boot: with the process id it names a
 * process for good, the id alone does not. undefined when /proc does not show it.
 */
export function processStart(pid: number | 'self'): string | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  // proc(5): the name, in parentheses, holds anything, blanks and parentheses too
  const behindName = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return behindName[22 - 3];
}

/** Whether the process is provably gone, in this process's pid namespace. */
export function hasEnded(pid: number, start: string): boolean {
  const now = processStart(pid);
  if (now !== undefined) return now !== start;
  try {
    process.kill(pid, 0); // /proc may hide it
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
