import { type Dirent, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Ground } from './ground.js';
import type { Purpose } from './purpose.js';

/** Files and directories that are looked at; more are hardly modules of one's own. */
const MOST = 10_000;

/** What loads modules looks at each file and at all that is above it, and stops there. */
const REFUSED: Omit<Purpose, 'what'> = {
  severity: 'high',
  so: 'the helper refuses it and does not start',
  strict: true,
};

/** The directory of the privileged modules with all that is in it: it runs with their capabilities. */
export function checkModuleFiles(directory: string, ground: Ground): void {
  const what = (noun: string): Purpose => ({ ...REFUSED, what: noun });
  if (ground.directory(directory, what('the directory of the privileged modules')) === undefined) {
    return; // told as `privileged-load`
  }
  const below = [directory];
  let count = 0;
  for (const path of below) {
    for (const entry of entriesOf(path, ground)) {
      const inner = join(path, entry.name);
      if (++count > MOST) {
        ground.unknown(directory, `it holds more than ${MOST} directories and files`);
        return;
      }
      if (entry.isDirectory()) {
        below.push(inner);
        ground.directory(inner, what('a directory of privileged modules'));
      } else ground.file(inner, what('a file of privileged modules'));
    }
  }
}

function entriesOf(path: string, ground: Ground): Dirent[] {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch (error) {
    ground.unknown(
      path,
      `a directory of privileged modules cannot be read: ${(error as Error).message}`,
    );
    return [];
  }
}
