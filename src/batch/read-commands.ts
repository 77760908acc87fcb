import { parse } from 'shell-quote';
import { BatchError } from './batch-error.js';
import { plainLine } from './shell-syntax.js';
import { utf8Text } from './utf8.js';

/** Bytes of a line without its end. */
export const LONGEST_LINE = 65_536;
/** Lines that are neither empty nor a comment. */
export const MOST_LINES = 100_000;
/** Characters that are kept of a line that cannot be read. */
const MOST_SHOWN = 1000;

const LINE_FEED = 0x0a;

/** A line that holds a command. */
export interface CommandLine {
  /** Counted from 1. */
  readonly line: number;
  readonly words: readonly string[];
}

/** A line that is not plain words. */
export interface UnreadableLine {
  readonly line: number;
  /** The line as far as it can be shown. */
  readonly text: string;
  /** What is wrong with it. */
  readonly problem: string;
}

export type Line = CommandLine | UnreadableLine;

/**
 * Reads commands, one a line, in the words that a POSIX shell would read there. A line in which a
 * shell would do anything but split and unquote is unreadable. Empty lines and comments are no lines.
 *
 * @throws BatchError for more lines than are taken
 */
export function readCommands(bytes: Uint8Array): Line[] {
  const lines: Line[] = [];
  let number = 0;
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf(LINE_FEED, start);
    const line = readLine(bytes.subarray(start, end === -1 ? bytes.length : end), ++number);
    if (line !== undefined && lines.push(line) > MOST_LINES) {
      throw new BatchError(`more than ${MOST_LINES} commands: split them into several batches`);
    }
    start = end === -1 ? bytes.length : end + 1;
  }
  return lines;
}

function readLine(bytes: Uint8Array, line: number): Line | undefined {
  if (bytes.length > LONGEST_LINE) {
    const problem = `${bytes.length} bytes; a line may have ${LONGEST_LINE}`;
    return unreadable(bytes.subarray(0, MOST_SHOWN), line, problem);
  }
  const text = utf8Text(bytes);
  if (text === undefined) return unreadable(bytes, line, 'not valid UTF-8: save the file as UTF-8');
  if (/^[ \t]*(#|$)/.test(text)) return undefined;
  if (text.includes('\0')) return unreadable(bytes, line, 'a NUL byte, which no word can hold');
  const plain = plainLine(text);
  if (plain.problem !== undefined) return unreadable(bytes, line, plain.problem);
  const words = wordsOf(plain.text);
  if (words === undefined)
    return unreadable(bytes, line, 'more than plain words: put it in quotes');
  return { line, words };
}

/** A second look, by another reader: it finds no operator, comment or variable either. */
function wordsOf(text: string): string[] | undefined {
  const variables: string[] = [];
  const entries = parse(text, (name) => {
    variables.push(name);
    return '';
  });
  if (variables.length > 0) return undefined;
  const words: string[] = [];
  for (const entry of entries) {
    if (typeof entry === 'string') words.push(entry);
    else if ('op' in entry && entry.op === 'glob')
      words.push(entry.pattern); // of `\*`, which is plain
    else return undefined;
  }
  return words;
}

function unreadable(bytes: Uint8Array, line: number, problem: string): UnreadableLine {
  return {
    line,
    text: Buffer.from(bytes).toString('utf8').slice(0, MOST_SHOWN).toWellFormed(),
    problem,
  };
}
