import { readFileSync, readlinkSync, statSync } from 'node:fs';
import { isExecutable } from './executable.js';

/**
 * The path of the program that a process runs, from /proc, as oslo.rootwrap's KillFilter tells it:
 * the marks that the kernel or prelink append to a replaced or deleted executable are taken off,
 * and when what is left is no file, the first word of the command line counts if it is one.
 *
 * @param path directories in which a command line's bare name is looked up
 * @returns undefined when there is no such process, or it has no program (a kernel thread)
 */
export function programOf(pid: number, path: readonly string[]): string | undefined {
  let program: string;
  try {
    program = readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return undefined; // no such process, a kernel thread, a zombie, or not ours to look at
  }
  program = firstPart(program).replace(/ \(deleted\)$/, '');
  if (isFile(program)) return program;
  let commandLine: string;
  try {
    commandLine = firstPart(readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
  } catch {
    return undefined; // it ended meanwhile
  }
  const named = commandLine.includes('/')
    ? commandLine
    : path.map((directory) => `${directory}/${commandLine}`).find(isExecutable);
  return named !== undefined && isExecutable(named) ? named : program;
}

/** Whether there is such a process whose program only CAP_SYS_PTRACE would let us know; see ptrace(2). */
export function isHidden(pid: number): boolean {
  try {
    readlinkSync(`/proc/${pid}/exe`);
    return false;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'EACCES' || code === 'EPERM';
  }
}

/** Text up to the first NUL: an upgraded executable's link may carry more behind one. */
function firstPart(text: string): string {
  const end = text.indexOf('\0');
  return end === -1 ? text : text.slice(0, end);
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false; // deleted, or renamed
  }
}
