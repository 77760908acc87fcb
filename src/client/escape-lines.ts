import { escapeControls } from '../log/escape.js';

/** Text of several lines for a message: its lines stay, all other control characters are escaped. */
export function escapeLines(text: string): string {
  return text
    .split('\n')
    .map((line) => escapeControls(line.replaceAll('\t', '    ').replace(/\r$/, '')))
    .join('\n');
}
