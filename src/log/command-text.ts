import { cutText } from './cut-text.js';
import { escapeWord, pythonList } from './escape.js';
import { withheldValues } from './secrets.js';

/** Bytes of a command in one message: receivers cut those above 4096, and others precede it. */
const MAX_BYTES = 3000;

/**
 * In the place of a variable's value. Outside of quotes, where no word has a `<`: so it cannot be a
 * part of what was asked.
 */
export const WITHHELD = '<value>';

/**
 * A command of a message as `escapeCommand` writes it, without the values of variables: no two commands
 * look alike that differ in more than those.
 */
export function commandText(words: readonly string[]): string {
  return bounded(words, escapeWord, (written) => written.join(' '));
}

/** The same as `pythonList` writes it. */
export function commandList(words: readonly string[]): string {
  const write = (word: string) => pythonList([word]).slice(1, -1);
  return bounded(words, write, (written) => `[${written.join(', ')}]`);
}

/**
 * What is too long is cut, and has a digest of all words, which tells it from others that begin like
 * it. Escaping takes long, so it is cut before as well.
 */
function bounded(
  words: readonly string[],
  write: (word: string) => string,
  join: (written: readonly string[]) => string,
): string {
  const withheld = withheldValues(words);
  const written: string[] = [];
  let length = 0;
  for (const [index, word] of words.entries()) {
    if (length > MAX_BYTES) break;
    const name = withheld.get(index);
    const kept = (name ?? word).slice(0, MAX_BYTES + 1);
    written.push(name === undefined ? write(kept) : `${write(kept)}${WITHHELD}`);
    length += (name ?? word).length + 1;
  }
  const text = join(written);
  if (length <= MAX_BYTES && Buffer.byteLength(text) <= MAX_BYTES) return text;
  const told = `${words.length} words in all, sha256 ${digest(words, withheld)}`;
  return `${cutText(text, MAX_BYTES)}... (${told})`;
}

/** Without the values: who reads a digest of one can try what it may be, however it is salted. */
function digest(words: readonly string[], withheld: ReadonlyMap<number, string>): string {
  // not by an import: hardly any run needs it, and loading it takes each one long
  const { createHash } = process.getBuiltinModule('node:crypto');
  // in one piece: for tens of thousands of words the calls would take longer than the digest
  const named = words.map((word, index) => withheld.get(index) ?? word);
  const text = Buffer.from(`${named.join('\0')}\0`, 'utf16le');
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
