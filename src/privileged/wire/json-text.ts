import { DataError } from './data-error.js';
import { MOST_TEXT } from './messages.js';

/**
 * JSON that is short enough to cross.
 *
 * @throws {DataError} more than MOST_TEXT bytes of it
 */
export function jsonText(value: unknown): string {
  const text = JSON.stringify(value);
  // a character is three bytes at most
  if (text.length * 3 > MOST_TEXT && Buffer.byteLength(text) > MOST_TEXT) {
    throw new DataError(`larger than ${MOST_TEXT} bytes as JSON`);
  }
  return text;
}
