import { type CodePointSet, characterClass } from './code-point-set.js';
import { bounds } from './emit-re2.js';
import { checkedReferences } from './references.js';
import type { Node, Place } from './syntax.js';

/** V8's own `^` and `$` know more line ends than Python's, which knows the newline only. */
const PLACES: Readonly<Record<Place, string>> = {
  start: '^',
  end: '$',
  'almost-end': '(?=\\n?$)',
  'line-start': '(?<![^\\n])',
  'line-end': '(?![^\\n])',
};

/** Python 3.11's `\B` does not hold in an empty word; V8's negated `\b` would. */
const NOT_EMPTY = '(?:(?=[^])|(?<=[^]))';

/**
 * The pattern in V8's syntax, to be compiled with the flag `u` only, for a match of the whole word.
 * @param narrow applied to every set, for words that are known to hold only some characters
 * @throws UnsupportedPatternError when it has references that V8 would take differently
 */
export function emitV8(pattern: Node, narrow: (set: CodePointSet) => CodePointSet): string {
  const referenced = checkedReferences(pattern);
  const numbers = new Map([...referenced].sort((a, b) => a - b).map((group, i) => [group, i + 1]));
  const emit = (node: Node): string => {
    switch (node.type) {
      case 'set':
        return characterClass(narrow(node.set), '\\u');
      case 'sequence':
        return node.items.map(emit).join('');
      case 'either':
        return `(?:${node.branches.map(emit).join('|')})`;
      case 'capture':
        return `(${numbers.has(node.group) ? '' : '?:'}${emit(node.body)})`;
      case 'repeat':
        return `(?:${emit(node.body)})${bounds(node.min, node.max)}${node.lazy ? '?' : ''}`;
      case 'reference':
        return `(?:\\${numbers.get(node.group)})`;
      case 'look':
        return `(?${node.ahead ? '' : '<'}${node.negative ? '!' : '='}${emit(node.body)})`;
      case 'at':
        return PLACES[node.place];
      case 'boundary':
        return boundary(characterClass(narrow(node.word), '\\u'), node.negative);
    }
  };
  return `^(?:${emit(pattern)})$`;
}

function boundary(word: string, negative: boolean): string {
  return negative
    ? `(?:(?<=${word})(?=${word})|(?<!${word})(?!${word})${NOT_EMPTY})`
    : `(?:(?<=${word})(?!${word})|(?<!${word})(?=${word}))`;
}
