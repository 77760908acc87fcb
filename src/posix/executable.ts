import { posix } from './addon.js';

/**
 * Whether the path is a regular file that this process may execute (for root: any execute bit). Asked
 * for each command, and Node takes five times as long for it.
 */
export function isExecutable(path: string): boolean {
  try {
    return posix.isExecutable(path);
  } catch {
    return false; // no file has a name like that: a NUL byte, half a character
  }
}
