import { MOST_BYTES, MOST_TEXT } from './messages.js';

/** What a message may have. */
export interface MessageLimits {
  /** Bytes of its JSON text. */
  readonly text: number;
  /** Bytes behind it. */
  readonly bytes: number;
}

export const DEFAULT_LIMITS: MessageLimits = { text: MOST_TEXT, bytes: MOST_BYTES };

/** What a message may have that is of one kind or of another. */
export function larger(a: MessageLimits, b: MessageLimits): MessageLimits {
  return { text: Math.max(a.text, b.text), bytes: Math.max(a.bytes, b.bytes) };
}
