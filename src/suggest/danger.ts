import { fixedAttack } from '../check/attacks/fixed-attack.js';
import { baseName } from '../policy/filters/filter.js';
import { createFilter } from '../policy/load-filters.js';
import type { Draft } from './draft.js';

/**
 * Why a line would be an attack although it takes nothing but what was seen: somebody may have called
 * just that while the log was kept.
 *
 * @returns undefined where nothing is known against it; else completes a sentence
 */
export function dangerOf({ className, definition, program }: Draft): string | undefined {
  const source = { name: 'draft', className, file: '', line: 0 };
  const filter = createFilter({ source, words: definition });
  const attack = filter && fixedAttack(filter);
  if (attack === undefined) return undefined;
  return `its very words are an attack, ${attack.severity}: ${baseName(program)} ${attack.how}`;
}
