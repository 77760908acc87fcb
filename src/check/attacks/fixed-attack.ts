import type { Filter } from '../../policy/filters/filter.js';
import type { WordRule } from '../../policy/filters/shape.js';
import type { Severity } from '../finding.js';
import { Effort } from '../language/effort.js';
import { fitWord } from './fit.js';
import { powerOf, programOf } from './programs.js';
import { isAsGoodAsRoot } from './root-users.js';
import { type Counts, tryAttack } from './try-attack.js';

/** What a filter does by its fixed words alone. */
export interface FixedAttack {
  readonly severity: Severity;
  /** Completes a sentence that begins with the program's name. */
  readonly how: string;
}

/**
 * The attack of the table that the fixed words of a filter for root are: `cat /etc/shadow`. Where a
 * filter's author wrote them down they are what was meant, and `check` says nothing. A machine that
 * writes filters from what it has seen means nothing.
 *
 * @returns undefined when there is none, or a caller has a say in it, which `attacksOn` tells
 */
export function fixedAttack(filter: Filter): FixedAttack | undefined {
  if (!isAsGoodAsRoot(filter.user)) return undefined; // the places that count are closed to others
  const effort = new Effort();
  for (const attack of programOf(filter.exec)?.attacks ?? []) {
    const { severity } = powerOf(attack);
    if (severity === 'low') continue;
    if (tryAttack(filter, attack, effort, isFixed(severity, effort)) === undefined) continue;
    return { severity, how: attack.how };
  }
  return undefined;
}

/**
 * Options alone are what a program is for, and so are names that could be anybody's. What counts names a
 * part of the system, a secret or a shell; or, for the worst, is a subcommand or a value.
 */
const isFixed =
  (severity: Severity, effort: Effort): Counts =>
  (shape, { words }, fits) => {
    if (fits.length === 0 || fits.some(({ open }) => open)) return false;
    if (words.some((word) => word.includes('/') || /\{(?!word\})\w+\}/.test(word))) return true;
    const chosen = words.some((word) => !word.startsWith('-') && !word.startsWith('{word}'));
    return (
      (severity === 'high' && chosen) ||
      shape.words.slice(1).some((rule) => namesTheSystem(rule, effort))
    );
  };

/** A part of the system, a secret or a shell. */
function namesTheSystem(rule: WordRule, effort: Effort): boolean {
  return ['{victim}', '{program}'].some((template) => {
    const fit = fitWord(rule, template, effort);
    return fit?.open === false && (fit.way === 'plain' || fit.way === 'climbs');
  });
}
