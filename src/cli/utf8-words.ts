import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';

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
