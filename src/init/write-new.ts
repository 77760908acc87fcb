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

/** Takes away what was made. */
interface Undo {
  readonly path: string;
  readonly remove: (path: string) => void;
}

/**
 * Makes all of them, in order, or none: what this call made is removed again when one fails. Nothing
 * that exists is touched. As root they are root's and of root's group, whatever the directory's says.
 *
 * @throws the system's error, EEXIST where something stands already; LeftOver where something that
 * was made could not be removed
 */
export function writeNew(entries: readonly NewEntry[]): void {
  const made: Undo[] = [];
  try {
    for (const entry of entries) make(entry, made);
  } catch (error) {
    const left = made.reverse().filter((undo) => !removed(undo));
    if (left.length === 0) throw error;
    throw new LeftOver(
      left.map(({ path }) => path),
      error,
    );
  }
}

/** Something failed, and after that what was made could not be removed. */
export class LeftOver extends Error {
  override readonly name = 'LeftOver';

  constructor(paths: readonly string[], cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(`${why}; what was made before could not be removed: look at ${paths.join(', ')}`);
  }
}

function removed({ path, remove }: Undo): boolean {
  try {
    remove(path);
    return true;
  } catch {
    return false; // told as left over
  }
}

function make({ path, mode, text }: NewEntry, made: Undo[]): void {
  if (text === undefined) makeDirectory(path, mode, made);
  else makeFile(path, mode, text, made);
}

function makeDirectory(path: string, mode: number, made: Undo[]): void {
  mkdirSync(path, { mode });
  made.push({ path, remove: rmdirSync });
  const fd = openSync(path, 'r');
  try {
    fchmodSync(fd, mode); // the umask may have taken bits away
    if (process.geteuid?.() === 0) fchownSync(fd, 0, 0);
  } finally {
    closeSync(fd);
  }
}

function makeFile(path: string, mode: number, text: string, made: Undo[]): void {
  const fd = openSync(path, 'wx', 0o600);
  made.push({ path, remove: unlinkSync });
  try {
    if (process.geteuid?.() === 0) fchownSync(fd, 0, 0);
    writeFileSync(fd, text);
    fchmodSync(fd, mode);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
