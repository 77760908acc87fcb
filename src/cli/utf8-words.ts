import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { decodeSurrogateEscape } from '../wire/surrogate-escape.js';

/** Why a command is refused whose words `areUtf8` cannot vouch for. */
export const NOT_UTF8 = 'it holds bytes that are not UTF-8';

/**
 * Whether words of this process's command line are what was given. Node decodes words that are not
 * UTF-8 to something else, so the bytes themselves are asked.
 */
export function areUtf8(words: readonly string[]): boolean {
  if (!words.some((word) => word.includes('\ufffd'))) return true;
  return isUtf8(readFileSync('/proc/self/cmdline'));
}

/**
 * The last words of this process's command line as text that stands for exactly these bytes: one that
 * is not part of valid UTF-8 becomes a lone surrogate.
 *
 * @param count how many
 */
export function exactWords(count: number): string[] {
  const words = readFileSync('/proc/self/cmdline', 'latin1').split('\0').slice(0, -1);
  return words.slice(-count).map((word) => decodeSurrogateEscape(Buffer.from(word, 'latin1')));
}
