import { isUtf8 } from 'node:buffer';
import { frame, frameHead } from './frames.js';
import { checkBounds, MAX_TEXT } from './json-bounds.js';
import { MessageError } from './message-error.js';
import type { FromDaemon, ToDaemon } from './messages.js';

export { MAX_TEXT } from './json-bounds.js';
export { MessageError } from './message-error.js';

const LINE_END = 0x0a;
const LINE = Buffer.of(LINE_END);
const NOTHING = Buffer.alloc(0);

/** A message as a frame, with bytes behind it for the kinds that have them. */
export function encode(message: ToDaemon | FromDaemon, ...bytes: readonly Uint8Array[]): Buffer {
  const text = JSON.stringify(message);
  return bytes.some(({ length }) => length > 0) ? frame(text, LINE, ...bytes) : frame(text);
}

/** The same frame up to its bytes, of which there are that many, for a sender of its own. */
export function encodeHead(message: FromDaemon, bytes: number): Buffer {
  return frameHead(`${JSON.stringify(message)}\n`, bytes);
}

/**
 * The same as `decode`, for a payload from a stranger: what would take long to parse is refused.
 *
 * @throws MessageError
 */
export function decodeBounded(payload: Buffer): ReturnType<typeof decode> {
  const end = payload.subarray(0, MAX_TEXT + 1).indexOf(LINE_END);
  checkBounds(end === -1 ? payload : payload.subarray(0, end));
  return decode(payload, end);
}

/**
 * The JSON value in a payload, not yet validated, and the bytes behind it.
 *
 * @param end where its JSON ends; -1 when there is nothing behind that
 * @throws MessageError
 */
export function decode(
  payload: Buffer,
  end = payload.indexOf(LINE_END),
): { readonly value: unknown; readonly bytes: Buffer } {
  const text = end === -1 ? payload : payload.subarray(0, end);
  if (!isUtf8(text)) throw new MessageError('not JSON in UTF-8');
  try {
    const value: unknown = JSON.parse(text.toString());
    return { value, bytes: end === -1 ? NOTHING : payload.subarray(end + 1) };
  } catch {
    throw new MessageError('not JSON in UTF-8');
  }
}
