import { escapeCommand, pythonList } from './escape.js';

/** Characters of a command in one message: receivers cut those above 4096, and others precede it. */
const MAX_CHARACTERS = 3000;

/** A command of a message as `escapeCommand` writes it: no two commands look alike. */
export function commandText(words: readonly string[]): string {
  return bounded(words, escapeCommand);
}

/** The same as `pythonList` writes it. */
export function commandList(words: readonly string[]): string {
  return bounded(words, pythonList);
}

/**
 * What is too long is cut, and has a digest of all words, which tells it from others that begin like
 * it. Escaping takes long, so it is cut before as well.
 */
function bounded(words: readonly string[], write: (words: readonly string[]) => string): string {
  const kept: string[] = [];
  let length = 0;
  for (const word of words) {
    if (length > MAX_CHARACTERS) break;
    kept.push(word.slice(0, MAX_CHARACTERS + 1));
    length += word.length + 1;
  }
  const text = write(kept);
  if (length <= MAX_CHARACTERS && text.length <= MAX_CHARACTERS) return text;
  const start = text.slice(0, MAX_CHARACTERS).replace(/[\ud800-\udbff]$/, '');
  return `${start}... (${words.length} words in all, sha256 ${digest(words)})`;
}

function digest(words: readonly string[]): string {
  // not by an import: hardly any run needs it, and loading it takes each one long
  const { createHash } = process.getBuiltinModule('node:crypto');
  // in one piece: for tens of thousands of words the calls would take longer than the digest
  const text = Buffer.from(`${words.join('\0')}\0`, 'utf16le');
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
