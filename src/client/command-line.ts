import { escapeControls } from '../log/escape.js';

/** Words as one line that shows where each begins and ends, and holds nothing a terminal obeys. */
export function escapeCommand(words: readonly string[]): string {
  return words.map(escapeWord).join(' ');
}

function escapeWord(word: string): string {
  if (/^[\w./:=@%+,-]+$/.test(word)) return word;
  return `'${escapeControls(word).replaceAll("'", "'\\''")}'`;
}

/** Text of several lines for a message: its lines stay, all other control characters are escaped. */
export function escapeLines(text: string): string {
  return text
    .split('\n')
    .map((line) => escapeControls(line.replaceAll('\t', '    ').replace(/\r$/, '')))
    .join('\n');
}
