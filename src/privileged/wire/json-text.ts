import { DataError } from './data-error.js';

/**
 * JSON that is short enough to cross.
 *
 * @param most bytes
 * @throws {DataError} it has more
 */
export function jsonText(value: unknown, most: number): string {
  const text = JSON.stringify(value);
  // a character is three bytes at most
  if (text.length * 3 > most && Buffer.byteLength(text) > most) {
    throw new DataError(`larger than ${most} bytes as JSON`);
  }
  return text;
}
