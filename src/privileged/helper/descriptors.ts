import { closeSync, fstatSync } from 'node:fs';
import { Socket } from 'node:net';

/** Where a helper's channel is, by agreement with what starts it. */
export const INPUT = 3;
const OUTPUT = 4;

/**
 * The channel that this process was started with: two pipes, or one socket on both descriptors.
 *
 * @throws when there is none
 */
export function openChannel(): { readonly input: Socket; readonly output: Socket } {
  const input = statusOf(INPUT);
  const output = statusOf(OUTPUT);
  // a socket has an inode of its own; a FIFO that is both would be talking to itself
  if (input.isSocket() && input.ino === output.ino) {
    closeSync(OUTPUT);
    const both = new Socket({ fd: INPUT, allowHalfOpen: true });
    return { input: both, output: both };
  }
  return {
    input: new Socket({ fd: INPUT, readable: true, writable: false, allowHalfOpen: true }),
    output: new Socket({ fd: OUTPUT, readable: false, writable: true, allowHalfOpen: true }),
  };
}

function statusOf(fd: number): ReturnType<typeof fstatSync> {
  try {
    const stats = fstatSync(fd);
    if (stats.isSocket() || stats.isFIFO()) return stats;
  } catch {
    // not open
  }
  throw new Error(
    `descriptor ${fd} is no pipe and no socket; helpers are started by tsrootwrap-privileged`,
  );
}
