import { accessSync } from 'node:fs';
import { baseName } from '../policy/filters/filter.js';
import { PIN_PROGRAMS, pinRefusal } from '../policy/pin-programs.js';
import { resolvePath } from '../posix/resolve-path.js';
import { constraintsOf } from './draft-row.js';
import type { Row } from './rows.js';

/** Where a program is that was called by its name. */
const DIRECTORIES = ['/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/**
 * Why no line is written for a row, whose paths lie where others than root could exchange them: the
 * engine would refuse them in a PathFilter, and a pattern would take a link that leads anywhere.
 *
 * @returns undefined where a PathFilter works, or none would be written; else completes a sentence
 */
export function exchangeableReason(row: Row): string | undefined {
  const constraints = constraintsOf(row) ?? [];
  const index = constraints.findIndex(
    (word) => word.startsWith('/') && resolvePath(`${word}/x`)?.exchangeable === true,
  );
  if (index === -1) return undefined;
  const file = programFile(row.name);
  if (file === undefined && Object.hasOwn(PIN_PROGRAMS, baseName(row.name))) return undefined;
  const args = constraints.map((word) => (word.startsWith('/') ? `${word}/x` : word));
  const refusal = pinRefusal(file ?? row.name, args, [{ index, isDirectory: false }]);
  return refusal && `a path in ${constraints[index]} ${refusal}`;
}

/** The program's file; undefined where this machine has none. */
function programFile(name: string): string | undefined {
  const files = name.startsWith('/') ? [name] : DIRECTORIES.map((place) => `${place}/${name}`);
  return files.find((file) => {
    try {
      accessSync(file);
      return true;
    } catch {
      return false;
    }
  });
}
