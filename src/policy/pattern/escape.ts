import { type CodePointSet, complement, LAST_CODE_POINT } from './code-point-set.js';
import type { Source } from './source.js';
import { PatternSyntaxError, UnsupportedPatternError } from './syntax.js';
import { type Category, category } from './unicode.js';

const OCTAL = '01234567';
const DECIMAL = '0123456789';
const HEXADECIMAL = '0123456789abcdefABCDEF';

const CONTROLS: Readonly<Record<string, number>> = {
  a: 0x07,
  f: 0x0c,
  n: 0x0a,
  r: 0x0d,
  t: 0x09,
  v: 0x0b,
  '\\': 0x5c,
};

const HEX_DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

/** What stands after a backslash, where it means the same inside a class and outside. */
export type Escape =
  | { readonly type: 'character'; readonly point: number }
  | { readonly type: 'category'; readonly set: CodePointSet };

/** Outside a class there are also places, and references to groups. */
export type OuterEscape =
  | Escape
  | { readonly type: 'place'; readonly letter: 'A' | 'Z' | 'b' | 'B' }
  | { readonly type: 'reference'; readonly group: number };

/**
 * Reads an escape outside a class; the backslash has been taken.
 * @throws PatternSyntaxError as Python would, except for the number of a reference
 */
export function readEscape(source: Source, ascii: boolean): OuterEscape {
  const start = source.position - 1;
  const letter = source.next;
  if (letter === 'A' || letter === 'Z' || letter === 'b' || letter === 'B') {
    source.take();
    return { type: 'place', letter };
  }
  if (letter !== undefined && DECIMAL.includes(letter)) {
    source.take();
    if (letter === '0') return character(Number.parseInt(`0${source.takeWhile(OCTAL, 2)}`, 8));
    return readReferenceOrOctal(source, letter, start);
  }
  return readCommonEscape(source, ascii, start);
}

/** Two digits name a group; three octal ones are a character. */
function readReferenceOrOctal(source: Source, first: string, start: number): OuterEscape {
  let digits = first + source.takeWhile(DECIMAL, 1);
  if (digits.length === 2 && isOctal(digits) && source.next && OCTAL.includes(source.next)) {
    digits += source.take();
    return octal(digits, start);
  }
  return { type: 'reference', group: Number(digits) };
}

/**
 * Reads an escape inside a class; the backslash has been taken.
 * @throws PatternSyntaxError as Python would
 */
export function readClassEscape(source: Source, ascii: boolean): Escape {
  const start = source.position - 1;
  const letter = source.next;
  if (letter === 'b') {
    source.take();
    return character(0x08);
  }
  if (letter !== undefined && OCTAL.includes(letter)) {
    return octal(source.takeWhile(OCTAL, 3), start);
  }
  return readCommonEscape(source, ascii, start);
}

function readCommonEscape(source: Source, ascii: boolean, start: number): Escape {
  const letter = source.take();
  if (letter === undefined) throw new PatternSyntaxError('bad escape (end of pattern)', start);
  if ('dswDSW'.includes(letter)) {
    const set = category(letter.toLowerCase() as Category, ascii);
    return { type: 'category', set: letter === letter.toLowerCase() ? set : complement(set) };
  }
  const control = CONTROLS[letter];
  if (control !== undefined) return character(control);
  const digitCount = HEX_DIGITS[letter];
  if (digitCount !== undefined) {
    const digits = source.takeWhile(HEXADECIMAL, digitCount);
    if (digits.length < digitCount) {
      throw new PatternSyntaxError(`incomplete escape \\${letter}${digits}`, start);
    }
    const point = Number.parseInt(digits, 16);
    if (point > LAST_CODE_POINT) {
      throw new PatternSyntaxError(`bad escape \\${letter}${digits}`, start);
    }
    return character(point);
  }
  if (letter === 'N') {
    if (source.next !== '{') throw new PatternSyntaxError('missing {', start);
    throw new UnsupportedPatternError('a character by name, \\N{...}');
  }
  if (/^[A-Za-z0-9]$/.test(letter)) throw new PatternSyntaxError(`bad escape \\${letter}`, start);
  return character(letter.codePointAt(0) as number);
}

function octal(digits: string, start: number): Escape {
  const point = Number.parseInt(digits, 8);
  if (point > 0o377) {
    throw new PatternSyntaxError(`octal escape \\${digits} is above 0o377`, start);
  }
  return character(point);
}

function isOctal(digits: string): boolean {
  return [...digits].every((digit) => OCTAL.includes(digit));
}

function character(point: number): Escape {
  return { type: 'character', point };
}
