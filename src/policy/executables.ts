import { realpathSync } from 'node:fs';
import { isExecutable } from '../posix/executable.js';

/** Finds the programs that filters name. Looks anew each time: one may be installed meanwhile. */
export class Executables {
  constructor(
    /** Where a name without a path is looked for, in order. */
    readonly directories: readonly string[],
    /** Another answer than this machine's: for those who judge policies. */
    readonly isThere: (path: string) => boolean = isExecutable,
  ) {}

  /** An absolute path if it can be executed, else the first in the directories that can. */
  find(exec: string): string | undefined {
    if (exec.startsWith('/')) return this.isThere(exec) ? exec : undefined;
    return this.directories
      .map((directory) => `${directory}${directory.endsWith('/') ? '' : '/'}${exec}`)
      .find(this.isThere);
  }
}

/**
 * The same directories in the order in which PATH has them, whatever links lead there; those that
 * are not on PATH stay behind the others.
 */
export function inPathOrder(directories: readonly string[], path: readonly string[]): string[] {
  const places = path.map(canonical);
  const ranked = directories.map((directory) => {
    const position = places.indexOf(canonical(directory));
    return { directory, rank: position === -1 ? places.length : position };
  });
  return ranked.sort((a, b) => a.rank - b.rank).map(({ directory }) => directory);
}

function canonical(directory: string): string {
  try {
    return realpathSync(directory);
  } catch {
    return directory; // it is not there, and neither is a program in it
  }
}
