/** A set of code points: inclusive ranges `[first, last, first, last, ...]`, ascending, apart. */
export type CodePointSet = readonly number[];

export const LAST_CODE_POINT = 0x10ffff;

/** Every code point. Surrogates count as members: words never hold one, so nobody can tell. */
export const EVERYTHING: CodePointSet = [0, LAST_CODE_POINT];

export const NOTHING: CodePointSet = [];

/** The members of any of the sets; the ranges given may overlap and come in any order. */
export function union(...sets: readonly CodePointSet[]): CodePointSet {
  if (sets.length === 1) return sets[0] ?? NOTHING;
  const ranges: [number, number][] = [];
  for (const set of sets) {
    for (let i = 0; i < set.length; i += 2) ranges.push([set[i] as number, set[i + 1] as number]);
  }
  ranges.sort((a, b) => a[0] - b[0]);
  const joined: number[] = [];
  for (const [first, last] of ranges) {
    const end = joined[joined.length - 1];
    if (end !== undefined && first <= end + 1) joined[joined.length - 1] = Math.max(end, last);
    else joined.push(first, last);
  }
  return joined;
}

/** Every code point that is not in the set. */
export function complement(set: CodePointSet): CodePointSet {
  const rest: number[] = [];
  let next = 0;
  for (let i = 0; i < set.length; i += 2) {
    const first = set[i] as number;
    if (first > next) rest.push(next, first - 1);
    next = (set[i + 1] as number) + 1;
  }
  if (next <= LAST_CODE_POINT) rest.push(next, LAST_CODE_POINT);
  return rest;
}

/** Whether the set holds the code point. */
export function has(set: CodePointSet, point: number): boolean {
  let low = 0;
  let high = set.length / 2 - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (point < (set[2 * middle] as number)) high = middle - 1;
    else if (point > (set[2 * middle + 1] as number)) low = middle + 1;
    else return true;
  }
  return false;
}

/** The members below 0x80. */
export function asciiPart(set: CodePointSet): CodePointSet {
  const part: number[] = [];
  for (let i = 0; i < set.length && (set[i] as number) < 0x80; i += 2) {
    part.push(set[i] as number, Math.min(set[i + 1] as number, 0x7f));
  }
  return part;
}

/**
 * The set as a character class, with every member written as a hexadecimal escape so that no
 * character can mean anything else.
 * @param prefix what stands before the braces: `\x` for RE2, `\u` for V8
 */
export function characterClass(set: CodePointSet, prefix: '\\x' | '\\u'): string {
  const point = (value: number) => `${prefix}{${value.toString(16)}}`;
  if (set.length === 0) return `[^${point(0)}-${point(LAST_CODE_POINT)}]`;
  if (set.length === 2 && set[0] === set[1]) return point(set[0] as number);
  let text = '[';
  for (let i = 0; i < set.length; i += 2) {
    const first = set[i] as number;
    const last = set[i + 1] as number;
    text += first === last ? point(first) : `${point(first)}-${point(last)}`;
  }
  return `${text}]`;
}
