import { Executables } from '../policy/executables.js';
import { baseName } from '../policy/filters/filter.js';
import { pathInsideRefusal } from '../policy/path-inside.js';
import { PIN_PROGRAMS } from '../policy/pin-programs.js';
import { constraintsOf } from './draft-row.js';
import type { Row } from './rows.js';

/** Where a program is that was called by its name. */
const SYSTEM = new Executables(['/usr/sbin', '/usr/bin', '/sbin', '/bin']);

/**
 * Why no line is written for a row, whose paths lie where others than root could exchange them: the
 * engine would refuse them in a PathFilter, and a pattern would take a link that leads anywhere.
 *
 * @returns undefined where a PathFilter works, or none would be written; else completes a sentence
 */
export function exchangeableReason(row: Row): string | undefined {
  const constraints = constraintsOf(row) ?? [];
  const file = SYSTEM.find(row.name);
  if (file === undefined && Object.hasOwn(PIN_PROGRAMS, baseName(row.name))) return undefined;
  for (const [index, directory] of constraints.entries()) {
    if (!directory.startsWith('/')) continue;
    const refusal = pathInsideRefusal(file ?? row.name, constraints, index);
    if (refusal !== undefined) return `a path in ${directory} ${refusal}`;
  }
  return undefined;
}
