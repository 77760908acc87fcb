import { readdirSync } from 'node:fs';
import { filledRefusal } from '../../policy/filled-directories.js';
import { isFilledByOthers } from '../../policy/filters/path-filter.js';
import type { DefinedFilter, PolicySource } from '../../policy/policy-source.js';
import { resolvePath } from '../../posix/resolve-path.js';
import type { Mistake } from './mistake.js';

/** Options with which a program goes on to what lies below a directory. */
const RECURSIVE = /^(?:-[A-Za-z]*[Rr][A-Za-z]*|-a|--archive|--recursive)$/;

/** Directories to look into below one that a PathFilter names. */
const MAX_DIRECTORIES = 2000;

/**
 * A recursive program on a directory of root's below which one is not. The engine judges the path that
 * it is given and cannot look at all below it: the owner of that one exchanges names in it meanwhile.
 */
export function deepPath(
  { source, words, filter }: DefinedFilter,
  { policy }: PolicySource,
): Mistake | undefined {
  if (filter === undefined || source.className !== 'PathFilter') return undefined;
  const constraints = words.slice(2);
  const option = constraints.find((word) => RECURSIVE.test(word));
  if (option === undefined) return undefined;
  const file = policy.findExecutable(filter.exec);
  if (file === undefined || filledRefusal(file, [option]) === undefined) return undefined;
  for (const directory of constraints.filter((word) => word.startsWith('/'))) {
    const place = resolvePath(directory);
    if (!place?.isDirectory || place.exchangeable) continue;
    const filled = filledBelow(place.path, filter.user);
    if (filled === undefined || filled === place.path) continue; // that one is refused
    return {
      rule: 'deep-path',
      severity: 'medium',
      problem: `${option} goes on below ${directory}, and others than root can put links into ${filled}`,
      advice: `give ${filled} to root alone, leave out ${option}, or use a privileged function`,
    };
  }
  return undefined;
}

/** The first directory at or below this one that others can fill; links are not followed. */
function filledBelow(top: string, user: string): string | undefined {
  const pending = [top];
  for (let count = 0; count < MAX_DIRECTORIES; count++) {
    const directory = pending.shift();
    if (directory === undefined) return undefined;
    if (isFilledByOthers(directory, user)) return directory;
    pending.push(...directoriesIn(directory));
  }
  return undefined;
}

function directoriesIn(directory: string): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => `${directory === '/' ? '' : directory}/${entry.name}`);
  } catch {
    return []; // removed meanwhile, or not to be read by who checks: nothing to tell
  }
}
