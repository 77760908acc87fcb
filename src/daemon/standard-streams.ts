import { closeSync, createReadStream, createWriteStream, fstatSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { isatty } from 'node:tty';
import { posix } from '../posix/addon.js';
import type { Peer } from './peer.js';

/** Whether there is somebody at the other end whose end can be seen. */
function isConnected(fd: number): boolean {
  const stat = fstatSync(fd);
  return stat.isFIFO() || stat.isSocket();
}

/** Calls back when standard input, a pipe or a socket, is at its end: whoever held it is gone. */
export function watchParent(gone: () => void): void {
  if (!isConnected(0)) return;
  const parent = new Socket({ fd: 0, readable: true, writable: false });
  parent.on('error', gone);
  parent.on('end', gone);
  parent.resume(); // what it says is of no interest
  parent.unref();
}

/** Puts /dev/null in the place of a standard stream, so that whoever reads it sees its end. */
export function discard(fd: 1 | 2): void {
  closeSync(fd);
  const opened = openSync('/dev/null', 'r+');
  if (opened !== fd) throw new Error(`descriptor ${fd} became ${opened}`);
}

/** Standard error is kept unless it is a pipe: a client started the daemon, and reads no more. */
export function isPipe(fd: number): boolean {
  return fstatSync(fd).isFIFO();
}

/**
 * Why frames cannot go over standard input and output; undefined when they can. A terminal would take
 * them for lines, and reading one holds a thread that the process cannot end without.
 */
export function unfit(): string | undefined {
  const terminal = [0, 1].find((fd) => isatty(fd));
  if (terminal === undefined) return undefined;
  const name = terminal === 0 ? 'input' : 'output';
  return `standard ${name} is a terminal: --stdio needs pipes, as of ssh -T, or a socket`;
}

/** Standard input and output as a client's connection. */
export function standardConnection(): { readonly input: Readable; readonly output: Writable } {
  return {
    input: isConnected(0)
      ? new Socket({ fd: 0, readable: true, writable: false, allowHalfOpen: true })
      : createReadStream('', { fd: 0 }),
    output: isConnected(1)
      ? new Socket({ fd: 1, readable: false, writable: true, allowHalfOpen: true })
      : createWriteStream('', { fd: 1 }),
  };
}

/**
 * Who is at the other end of standard input: the caller of sudo; without sudo, of a socket whom the
 * kernel names, else the caller. A caller of sudo can have the other end of a socket be another's.
 */
export function standardPeer(callerUid: number): Peer {
  const caller = { uid: callerUid, pid: process.ppid };
  if (callerUid !== process.getuid?.()) return caller;
  try {
    return posix.peerCredentials(0);
  } catch {
    return caller;
  }
}
