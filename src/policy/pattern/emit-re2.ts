import { type CodePointSet, characterClass } from './code-point-set.js';
import type { Node, Place } from './syntax.js';

/** `almost-end` may stand only where nothing can follow: see `isLinear`. */
const PLACES: Readonly<Record<Place, string>> = {
  start: '\\A',
  end: '\\z',
  'almost-end': '\\z',
  'line-start': '(?m:^)',
  'line-end': '(?m:$)',
};

/**
 * The pattern in RE2's syntax, for a match of the whole word. Groups capture nothing and nothing is
 * lazy, since only the answer counts.
 * @param pattern one that `isLinear` accepts
 * @param narrow applied to every set, for words that are known to hold only some characters
 */
export function emitRe2(pattern: Node, narrow: (set: CodePointSet) => CodePointSet): string {
  const emit = (node: Node): string => {
    switch (node.type) {
      case 'set':
        return characterClass(narrow(node.set), '\\x');
      case 'sequence':
        return node.items.map(emit).join('');
      case 'either':
        return `(?:${node.branches.map(emit).join('|')})`;
      case 'capture':
        return `(?:${emit(node.body)})`;
      case 'repeat':
        return `(?:${emit(node.body)})${bounds(node.min, node.max)}`;
      case 'at':
        return PLACES[node.place];
      default:
        throw new TypeError(`RE2 has no ${node.type}`);
    }
  };
  return emit(pattern);
}

/** `{m,n}` in the shortest form that RE2 and V8 both read. */
export function bounds(min: number, max: number): string {
  if (!Number.isFinite(max)) return min === 0 ? '*' : min === 1 ? '+' : `{${min},}`;
  return min === 0 && max === 1 ? '?' : `{${min},${max}}`;
}
