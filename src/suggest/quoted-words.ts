import { WITHHELD } from '../log/command-text.js';

/** Words that a log line holds, and where the text goes on behind them. */
export interface QuotedWords {
  readonly words: readonly string[];
  readonly end: number;
}

const PLAIN = /[\w./:=@%+,-]+/y;
/** Where nothing is escaped: a quote within ends the quotes, stands by itself, and opens them again. */
const QUOTED = /'((?:[^']|'\\'')*)'/y;
const ESCAPED = /\$'((?:[^'\\]|\\[\s\S])*)'/y;
const ESCAPE = /\\(?:([\\'])|x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8}))/g;

/**
 * Reads words at the start of a text as src/log/escape.ts writes them, up to what is no further word:
 * ` (no filter matched)` is none. Strict: what it would not have written is no word. A variable whose value
 * was left out is read as `NAME=...`.
 *
 * @returns undefined when the text does not begin with a word
 */
export function readQuotedWords(text: string): QuotedWords | undefined {
  const words: string[] = [];
  for (let at = 0; ; at++) {
    const word = readWord(text, at);
    if (word === undefined) return words.length === 0 ? undefined : { words, end: at - 1 };
    words.push(word.text);
    at = word.end;
    if (text[at] !== ' ') return { words, end: at };
  }
}

function readWord(text: string, at: number): { text: string; end: number } | undefined {
  const plain = matchAt(PLAIN, text, at);
  if (plain !== null) {
    const end = at + plain[0].length;
    if (!plain[0].endsWith('=') || !text.startsWith(WITHHELD, end)) return { text: plain[0], end };
    return { text: `${plain[0]}...`, end: end + WITHHELD.length };
  }
  const quoted = matchAt(QUOTED, text, at);
  if (quoted !== null) {
    return { text: (quoted[1] ?? '').replaceAll("'\\''", "'"), end: at + quoted[0].length };
  }
  const escaped = matchAt(ESCAPED, text, at);
  const read = escaped === null ? undefined : unescaped(escaped[1] ?? '');
  return read === undefined ? undefined : { text: read, end: at + (escaped?.[0].length ?? 0) };
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function unescaped(text: string): string | undefined {
  if (text.replace(ESCAPE, '').includes('\\')) return undefined;
  const points = [...text.matchAll(ESCAPE)].map(([, , , , point = '0']) =>
    Number.parseInt(point, 16),
  );
  if (points.some((point) => point > 0x10ffff)) return undefined;
  return text.replace(ESCAPE, (_all, literal?: string, ...digits: (string | undefined)[]) => {
    if (literal !== undefined) return literal;
    const hex = digits.slice(0, 3).find((digit) => digit !== undefined) ?? '';
    return String.fromCodePoint(Number.parseInt(hex, 16));
  });
}
