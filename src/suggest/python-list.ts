import { WITHHELD } from '../log/command-text.js';

const HEX_DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };
const SIMPLE: Readonly<Record<string, string>> = {
  '\\': '\\',
  "'": "'",
  '"': '"',
  n: '\n',
  r: '\r',
  t: '\t',
};

/** The words of a list, and where the text goes on behind it. */
export interface PythonList {
  readonly words: readonly string[];
  readonly end: number;
}

/**
 * Reads a list of strings as Python's repr writes it, at the start of a text: `['ip', "it's"]`. Strict:
 * what repr would not have written is not a list. So nothing within a word can end it. A variable whose
 * value the log left out is read as `NAME=...`.
 *
 * @returns undefined when there is no such list, or it is cut off
 */
export function readPythonList(text: string): PythonList | undefined {
  if (text[0] !== '[') return undefined;
  if (text[1] === ']') return { words: [], end: 2 };
  const words: string[] = [];
  for (let at = 1; ; ) {
    const string = readString(text, at);
    if (string === undefined) return undefined;
    at = string.end;
    const isWithheld = string.text.endsWith('=') && text.startsWith(WITHHELD, at);
    words.push(isWithheld ? `${string.text}...` : string.text);
    if (isWithheld) at += WITHHELD.length;
    if (text[at] === ']') return { words, end: at + 1 };
    if (text[at] !== ',' || text[at + 1] !== ' ') return undefined;
    at += 2;
  }
}

function readString(text: string, start: number): { text: string; end: number } | undefined {
  const quote = text[start];
  if (quote !== "'" && quote !== '"') return undefined;
  let read = '';
  for (let at = start + 1; at < text.length; ) {
    const character = text[at] as string;
    if (character === quote) {
      const other = read.includes("'") && !read.includes('"') ? '"' : "'";
      return quote === other ? { text: read, end: at + 1 } : undefined;
    }
    if (character !== '\\') {
      const point = String.fromCodePoint(text.codePointAt(at) as number);
      if (/(?! )[\p{Cc}\p{Cs}\p{Z}]/u.test(point)) return undefined; // repr escapes these
      read += point;
      at += point.length;
      continue;
    }
    const escaped = readEscape(text, at + 1);
    if (escaped === undefined) return undefined;
    read += escaped.text;
    at = escaped.end;
  }
  return undefined;
}

/** @param at behind the backslash */
function readEscape(text: string, at: number): { text: string; end: number } | undefined {
  const letter = text[at] ?? '';
  const simple = Object.hasOwn(SIMPLE, letter) ? SIMPLE[letter] : undefined;
  if (simple !== undefined) return { text: simple, end: at + 1 };
  const count = Object.hasOwn(HEX_DIGITS, letter) ? HEX_DIGITS[letter] : undefined;
  if (count === undefined) return undefined;
  const digits = text.slice(at + 1, at + 1 + count);
  if (digits.length < count || !/^[0-9a-f]+$/.test(digits)) return undefined;
  const point = Number.parseInt(digits, 16);
  if (point > 0x10ffff) return undefined;
  return { text: String.fromCodePoint(point), end: at + 1 + count };
}
