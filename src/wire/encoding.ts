import { isUtf8 } from 'node:buffer';
import { frame } from './frames.js';
import type { FromDaemon, ToDaemon } from './messages.js';

/** What arrived is not a message. */
export class MessageError extends Error {
  override readonly name = 'MessageError';
}

const LINE_END = 0x0a;
const LINE = Buffer.of(LINE_END);
const NOTHING = Buffer.alloc(0);

/** A message as a frame, with bytes behind it for the kinds that have them. */
export function encode(message: ToDaemon | FromDaemon, ...bytes: readonly Uint8Array[]): Buffer {
  const text = JSON.stringify(message);
  return bytes.some(({ length }) => length > 0) ? frame(text, LINE, ...bytes) : frame(text);
}

/**
 * The JSON value in a payload, not yet validated, and the bytes behind it.
 *
 * @throws MessageError
 */
export function decode(payload: Buffer): { readonly value: unknown; readonly bytes: Buffer } {
  const end = payload.indexOf(LINE_END);
  const text = end === -1 ? payload : payload.subarray(0, end);
  if (!isUtf8(text)) throw new MessageError('not JSON in UTF-8');
  try {
    const value: unknown = JSON.parse(text.toString());
    return { value, bytes: end === -1 ? NOTHING : payload.subarray(end + 1) };
  } catch {
    throw new MessageError('not JSON in UTF-8');
  }
}
