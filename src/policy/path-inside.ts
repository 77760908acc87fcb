import { resolvePath } from '../posix/resolve-path.js';
import { pinRefusal } from './pin-programs.js';

/**
 * What the engine says to a path in a directory of a PathFilter, for those who judge and write filters.
 *
 * @param file the program's absolute path
 * @param constraints of the filter: words, and absolute paths of directories
 * @param index of the directory among them
 * @returns its refusal; undefined where others cannot exchange such a path, or the program may have it
 */
export function pathInsideRefusal(
  file: string,
  constraints: readonly string[],
  index: number,
): string | undefined {
  if (resolvePath(`${constraints[index]}/x`)?.exchangeable !== true) return undefined;
  return pinRefusal(file, withPathsInside(constraints), [{ index, isDirectory: false }]);
}

/** Arguments that fit the constraints: a path in each directory. @param but one that stays as it is */
export function withPathsInside(constraints: readonly string[], but?: number): string[] {
  return constraints.map((word, index) =>
    word.startsWith('/') && index !== but ? `${word}/x` : word,
  );
}
