import { randomBytes } from 'node:crypto';
import { processStart } from './process-start.js';

export const SOCKET = 'rootwrap.sock';

const NAME = /^([1-9]\d{0,9})\.(\d{1,20})\.[0-9a-f]{16}$/;

/**
 * A new name for a socket's directory, from which others can tell whether this process still lives.
 *
 * @returns undefined when /proc does not show this process
 */
export function newName(): string | undefined {
  const start = processStart('self');
  return start && `${process.pid}.${start}.${randomBytes(8).toString('hex')}`;
}

/** Which process made a directory of this name; undefined for a name of another form. */
export function readName(name: string): { pid: number; start: string } | undefined {
  const [, pid, start] = NAME.exec(name) ?? [];
  return pid === undefined || start === undefined ? undefined : { pid: Number(pid), start };
}
