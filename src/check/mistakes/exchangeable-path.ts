import { filledRefusal } from '../../policy/filled-directories.js';
import { isFilledByOthers } from '../../policy/filters/path-filter.js';
import { pathInsideRefusal, withPathsInside } from '../../policy/path-inside.js';
import { pinProgram, pinRefusal } from '../../policy/pin-programs.js';
import type { DefinedFilter, PolicySource } from '../../policy/policy-source.js';
import { resolvePath } from '../../posix/resolve-path.js';
import type { Mistake } from './mistake.js';

/**
 * A directory of a PathFilter that others can change: what the engine says to a path in it, and to the
 * directory itself, for a program that is not known to work with such.
 */
export function exchangeablePath(
  { source, words, filter }: DefinedFilter,
  { policy }: PolicySource,
): Mistake | undefined {
  if (filter === undefined || source.className !== 'PathFilter') return undefined;
  const file = policy.findExecutable(filter.exec);
  if (file === undefined) return undefined;
  const constraints = words.slice(2);
  for (const [index, directory] of constraints.entries()) {
    if (!directory.startsWith('/')) continue;
    const inside = pathInsideRefusal(file, constraints, index);
    const itself = itselfRefusal(file, constraints, index, filter.user);
    const mistake = mistakeOf(directory, inside, itself, pinProgram(file)?.namesCopies === true);
    if (mistake !== undefined) return mistake;
  }
  return undefined;
}

function mistakeOf(
  directory: string,
  inside: string | undefined,
  itself: string | undefined,
  takesTargets: boolean,
): Mistake | undefined {
  if (inside !== undefined) {
    const also = itself === undefined ? ', but not that itself' : ', and that itself';
    return {
      rule: 'exchangeable-path',
      severity: 'medium',
      problem: `every path in ${directory}${also}, is refused: it ${causeOf(inside)}`,
      advice: `give ${directory} and all above it to root alone, or use a privileged function`,
    };
  }
  if (itself === undefined || !takesTargets) return undefined;
  return {
    rule: 'exchangeable-path',
    severity: 'low',
    problem: `${directory} itself is refused: it ${causeOf(itself)}`,
    advice: `let the caller name the file, which must be there, or give ${directory} to root alone`,
  };
}

/** The engine's refusal of the directory itself. */
function itselfRefusal(
  file: string,
  constraints: readonly string[],
  index: number,
  user: string,
): string | undefined {
  const place = resolvePath(constraints[index] ?? '');
  if (!place?.isDirectory) return undefined;
  const args = withPathsInside(constraints, index);
  if (place.exchangeable) return pinRefusal(file, args, [{ index, isDirectory: true }]);
  return isFilledByOthers(place.path, user) ? filledRefusal(file, args) : undefined;
}

/** A refusal without its advice. */
function causeOf(refusal: string): string {
  return refusal.slice(0, refusal.lastIndexOf(': '));
}
