import {
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  mkdirSync,
  openSync,
  rmdirSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';

/** A file or directory to be made. */
export interface NewEntry {
  readonly path: string;
  readonly mode: number;
  /** Absent for a directory. */
  readonly text?: string;
}

/**
 * Makes all of them, in order, or none: what this call made is removed again when one fails. Nothing
 * that exists is touched. As root they are root's and of root's group, whatever the directory's says.
 *
 * @throws the system's error, EEXIST where something stands already
 */
export function writeNew(entries: readonly NewEntry[]): void {
  const undo: (() => void)[] = [];
  try {
    for (const entry of entries) make(entry, undo);
  } catch (error) {
    for (const remove of undo.reverse()) remove();
    throw error;
  }
}

function make({ path, mode, text }: NewEntry, undo: (() => void)[]): void {
  if (text === undefined) makeDirectory(path, mode, undo);
  else makeFile(path, mode, text, undo);
}

function makeDirectory(path: string, mode: number, undo: (() => void)[]): void {
  mkdirSync(path, { mode });
  undo.push(() => rmdirSync(path));
  const fd = openSync(path, 'r');
  try {
    fchmodSync(fd, mode); // the umask may have taken bits away
    if (process.geteuid?.() === 0) fchownSync(fd, 0, 0);
  } finally {
    closeSync(fd);
  }
}

function makeFile(path: string, mode: number, text: string, undo: (() => void)[]): void {
  const fd = openSync(path, 'wx', 0o600);
  undo.push(() => unlinkSync(path));
  try {
    if (process.geteuid?.() === 0) fchownSync(fd, 0, 0);
    writeFileSync(fd, text);
    fchmodSync(fd, mode);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
