import { type CodePointSet, complement, union } from './code-point-set.js';
import { type Escape, readClassEscape } from './escape.js';
import type { Flags } from './flags.js';
import type { Source } from './source.js';
import { PatternSyntaxError, UnsupportedPatternError } from './syntax.js';
import { ignoringCase, toLower } from './unicode.js';

const LAST_BMP = 0xffff;

/**
 * Reads a character class; its `[` has been taken. The first `]` is a member, and brackets inside
 * mean themselves: Python has no POSIX classes.
 * @throws PatternSyntaxError as Python would
 */
export function readClass(source: Source, flags: Flags): CodePointSet {
  const start = source.position - 1;
  const negative = source.accept('^');
  const categories: CodePointSet[] = [];
  const ranges: CodePointSet[] = [];
  const add = (member: Escape) => {
    if (member.type === 'category') categories.push(member.set);
    else ranges.push([member.point, member.point]);
  };
  for (;;) {
    if (source.next === ']' && categories.length + ranges.length > 0) break;
    const memberStart = source.position;
    const first = readMember(source, flags, start);
    if (!source.accept('-')) {
      add(first);
      continue;
    }
    if (source.next === ']') {
      add(first);
      add({ type: 'character', point: 0x2d });
      break;
    }
    const last = readMember(source, flags, start);
    if (first.type === 'category' || last.type === 'category' || last.point < first.point) {
      throw new PatternSyntaxError('bad character range', memberStart);
    }
    ranges.push([first.point, last.point]);
  }
  source.take();
  const plain = union(...ranges);
  const members = flags.ignoreCase ? foldRanges(plain, ranges, flags.ascii) : plain;
  const set = union(members, ...categories);
  return negative ? complement(set) : set;
}

function readMember(source: Source, flags: Flags, start: number): Escape {
  const character = source.take();
  if (character === undefined) {
    throw new PatternSyntaxError('unterminated character set', start);
  }
  if (character === '\\') return readClassEscape(source, flags.ascii);
  return { type: 'character', point: character.codePointAt(0) as number };
}

/** What one literal character matches. */
export function readLiteral(point: number, flags: Flags): CodePointSet {
  const set = [point, point];
  return flags.ignoreCase ? foldRanges(set, [set], flags.ascii) : set;
}

/**
 * Beyond the basic plane Python's IGNORECASE follows other rules in a class (or in alternatives that
 * become one) than elsewhere, and some versions of it are wrong. Nobody can want that in a filter.
 */
function foldRanges(
  set: CodePointSet,
  ranges: readonly CodePointSet[],
  ascii: boolean,
): CodePointSet {
  for (const [first, last] of ranges as readonly [number, number][]) {
    if (last > LAST_BMP && (first !== last || toLower(first, ascii) !== first)) {
      throw new UnsupportedPatternError('ignoring the case of characters above U+FFFF');
    }
  }
  return ignoringCase(set, ascii);
}
