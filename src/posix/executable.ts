import { accessSync, constants, statSync } from 'node:fs';

/** Whether the path is a regular file that this process may execute (for root: any execute bit). */
export function isExecutable(path: string): boolean {
  try {
    // most names are not in most directories, and an exception for each would take long
    if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return false;
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false; // not ours to run, or on a way that is not ours to go
  }
}
