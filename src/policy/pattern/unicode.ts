/**
 * Python's idea of words, digits, spaces and letter case, from tables instead of this engine's own:
 * the Unicode version of V8 changes with Node's, and what a filter matches must not.
 */
import { type CodePointSet, has, union } from './code-point-set.js';
import {
  DIGIT_RANGES,
  EXTRA_CASES,
  LOWER_RUNS,
  SPACE_RANGES,
  WORD_RANGES,
} from './unicode-tables.js';

export type Category = 'd' | 's' | 'w';

const ASCII: Readonly<Record<Category, CodePointSet>> = {
  d: [0x30, 0x39],
  s: [0x09, 0x0d, 0x20, 0x20],
  w: [0x30, 0x39, 0x41, 0x5a, 0x5f, 0x5f, 0x61, 0x7a],
};

const PACKED: Readonly<Record<Category, string>> = {
  d: DIGIT_RANGES,
  s: SPACE_RANGES,
  w: WORD_RANGES,
};

const unpacked: Partial<Record<Category, CodePointSet>> = {};

/** What `\d`, `\s` or `\w` matches, with the ASCII flag or without. */
export function category(letter: Category, ascii: boolean): CodePointSet {
  if (ascii) return ASCII[letter];
  unpacked[letter] ??= unpackRanges(PACKED[letter]);
  return unpacked[letter];
}

function unpackRanges(text: string): CodePointSet {
  const ranges: number[] = [];
  let end = 0;
  const numbers = text.split(' ');
  for (let i = 0; i < numbers.length; i += 2) {
    const first = end + Number.parseInt(numbers[i] as string, 36);
    end = first + Number.parseInt(numbers[i + 1] as string, 36);
    ranges.push(first, end);
  }
  return ranges;
}

interface CaseTables {
  /** Code point to its lower case, where that differs. */
  readonly lower: ReadonlyMap<number, number>;
  /** Lower-case code point to others that have the same upper case. */
  readonly extra: ReadonlyMap<number, readonly number[]>;
}

let caseTables: CaseTables | undefined;

/** The tables behind IGNORECASE, unpacked at first use. */
export function unicodeCase(): CaseTables {
  if (caseTables === undefined) {
    const lower = new Map<number, number>();
    const runs = LOWER_RUNS.split(' ').map((number) => Number.parseInt(number, 36));
    for (let i = 0; i < runs.length; i += 4) {
      const [first, count, step, distance] = runs.slice(i, i + 4) as [
        number,
        number,
        number,
        number,
      ];
      for (let k = 0; k < count; k++) lower.set(first + k * step, first + k * step + distance);
    }
    const extra = new Map<number, readonly number[]>();
    for (const entry of EXTRA_CASES.split(',')) {
      const [letter, ...equals] = entry.split(' ').map((number) => Number.parseInt(number, 36));
      extra.set(letter as number, equals);
    }
    caseTables = { lower, extra };
  }
  return caseTables;
}

/** The lower case of a code point under IGNORECASE. */
export function toLower(point: number, ascii: boolean): number {
  if (ascii) return point >= 0x41 && point <= 0x5a ? point + 0x20 : point;
  return unicodeCase().lower.get(point) ?? point;
}

/**
 * What a class matches under IGNORECASE. Python lowers the members of the class, adds the lower-case
 * letters that share an upper case with one of them, and then looks the lowered character up in it;
 * it negates after that.
 */
export function ignoringCase(set: CodePointSet, ascii: boolean): CodePointSet {
  const pairs: Iterable<readonly [number, number]> = ascii
    ? Array.from({ length: 26 }, (_, i) => [0x41 + i, 0x61 + i] as const)
    : unicodeCase().lower;
  const lowered: number[] = [];
  for (const [upper, lower] of pairs) if (has(set, upper)) lowered.push(lower, lower);
  if (!ascii) {
    const before = union(set, lowered);
    for (const [letter, equals] of unicodeCase().extra) {
      if (has(before, letter)) for (const equal of equals) lowered.push(equal, equal);
    }
  }
  const members = union(set, lowered);
  const uppers: number[] = [];
  for (const [upper, lower] of pairs) if (has(members, lower)) uppers.push(upper, upper);
  return union(members, uppers);
}
