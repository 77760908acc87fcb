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
