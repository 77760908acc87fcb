import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { posix } from '../posix/addon.js';

let collect: (() => void) | undefined;

/**
 * Gives memory that clients no longer hold back to the kernel. A quiet process would keep it: V8 looks for
 * garbage only while it makes new objects, and the C library keeps what is freed.
 *
 * It takes some milliseconds, as long as the heap of Node's own objects needs.
 */
export function collectGarbage(): void {
  collect ??= collector();
  collect();
  posix.returnFreeMemory();
}

/** V8 gives its collector to contexts that are made after this flag is set. */
function collector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}
