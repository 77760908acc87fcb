import { frame } from '../../wire/frames.js';
import { DataError } from './data-error.js';
import { jsonText } from './json-text.js';
import type { MessageLimits } from './message-limits.js';
import type { FromHelper, ToHelper } from './messages.js';

/**
 * Bytes that may wait to be read, with a result that comes to them: one beyond is not sent. The largest
 * result that a context may allow fits where few others wait.
 */
export const MAX_UNREAD_RESULTS = 256 * 1024 * 1024;

const LINE = Buffer.from('\n');

/**
 * A message as a frame, with bytes behind it where there are any.
 *
 * @param unread bytes that wait already
 * @throws {DataError} it is above the limits, or a result that would make too many that wait
 */
export function encode(
  message: ToHelper | FromHelper,
  bytes: readonly Uint8Array[],
  limits: MessageLimits,
  unread: number,
): Buffer {
  const text = jsonText(message, limits.text);
  const count = bytes.reduce((sum, { length }) => sum + length, 0);
  if (count > limits.bytes) throw new DataError(`more than ${limits.bytes} bytes in Uint8Arrays`);
  // one alone always has room
  if (message.type === 'result' && unread > 0) {
    requireRoom(unread + Buffer.byteLength(text) + count);
  }
  return count > 0 ? frame(text, LINE, ...bytes) : frame(text);
}

function requireRoom(wanted: number): void {
  if (wanted <= MAX_UNREAD_RESULTS) return;
  throw new DataError(
    `with it more than ${MAX_UNREAD_RESULTS} bytes would wait for the service to read them; have fewer large results at once`,
  );
}
