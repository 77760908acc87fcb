import { MessageError } from './message-error.js';

/**
 * Bytes of a message's JSON. The kernel takes about two million bytes of words and variables at
 * most; what is longer is input, and travels as bytes.
 */
export const MAX_TEXT = 1024 * 1024;

/** The largest message is a `run` or oslo's request: 65,535 words, and four levels of nesting. */
const MAX_VALUES = 70_000;
const MAX_DEPTH = 16;
/** Names of properties, variables among them. */
const MAX_NAMES = 2048;

/** Nothing in a text of this many bytes takes long to parse. */
const ALWAYS_QUICK = 4096;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPENING_BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;

/**
 * Counts what parsing a JSON text would make. JSON.parse takes a second and a hundred bytes of memory
 * for each byte where a megabyte holds nothing but brackets, or a hundred thousand names.
 */
export class JsonCount {
  #depth = 0;
  #values = 0;
  #names = 0;

  /** Counts one byte outside of strings. @throws MessageError when it is one too many */
  add(byte: number): void {
    switch (byte) {
      case OPENING_BRACKET:
      case OPENING_BRACE:
        this.#values++;
        if (++this.#depth > MAX_DEPTH) throw new MessageError(`nested deeper than ${MAX_DEPTH}`);
        break;
      case CLOSING_BRACKET:
      case CLOSING_BRACE:
        this.#depth--;
        return;
      case COMMA:
        this.#values++;
        break;
      case COLON:
        if (++this.#names > MAX_NAMES) throw new MessageError(`more than ${MAX_NAMES} names`);
        return;
      default:
        return;
    }
    if (this.#values > MAX_VALUES) throw new MessageError(`more than ${MAX_VALUES} values`);
  }
}

/**
 * Refuses a text that would take long to parse. Whether it is JSON, the parser says.
 *
 * @throws MessageError
 */
export function checkBounds(text: Uint8Array): void {
  if (text.length > MAX_TEXT) throw new MessageError(`more than ${MAX_TEXT} bytes of JSON`);
  if (text.length <= ALWAYS_QUICK) return;
  const count = new JsonCount();
  for (let at = 0; at < text.length; at++) {
    const byte = text[at] as number;
    if (byte === QUOTE) at = endOfString(text, at + 1);
    else count.add(byte);
  }
}

/** Where the quote is that ends the string; the end of the text when there is none. */
function endOfString(text: Uint8Array, start: number): number {
  let at = start;
  while (at < text.length && text[at] !== QUOTE) at += text[at] === BACKSLASH ? 2 : 1;
  return at;
}
