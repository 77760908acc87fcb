import { accessSync, constants, statSync } from 'node:fs';

/** Whether the path is a regular file that this process may execute (for root: any execute bit). */
export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false; // not there, or not ours to run
  }
}
