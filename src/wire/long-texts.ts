import { isUtf8 } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import { JsonCount, MAX_TEXT } from './json-bounds.js';
import { MessageError } from './message-error.js';
import { SLICE, type Slices } from './slices.js';
import { isHigh, pairOf, putCharacter } from './surrogate-escape.js';

/** Bytes of a string in JSON that is parsed with the rest; the kernel takes no longer word. */
const LONG = 128 * 1024;

/** Bytes of base64 that are decoded at a time: a multiple of four. */
const BASE64_SLICE = 64 * 1024;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LETTER_U = 0x75;
const SPACE = 0x20;

/** What stands behind a backslash, and what for. */
const ESCAPES = new Map(
  [...'"\\/bfnrt'].map((letter, i) => [letter.charCodeAt(0), '"\\/\b\f\n\r\t'.charCodeAt(i)]),
);

const NOT_JSON = 'not JSON in UTF-8';

/** JSON whose long strings are taken out of it. */
export interface CutJson {
  readonly text: string;
  readonly long: LongTexts;
}

/** What they were, by what stands in their place: undefined when it holds a surrogate without a byte. */
export class LongTexts {
  readonly #prefix = randomBytes(12).toString('hex');
  readonly #texts: (Buffer | undefined)[] = [];

  has(text: string): boolean {
    return text.startsWith(this.#prefix);
  }

  get(text: string): Buffer | undefined {
    return this.#texts[Number(text.slice(this.#prefix.length))];
  }

  add(text: Buffer | undefined): string {
    return `${this.#prefix}${this.#texts.push(text) - 1}`;
  }
}

/**
 * Takes the long strings out of a JSON text, as the bytes that they stand for in Python's
 * surrogateescape. They are decoded in place: nothing more of memory is needed.
 *
 * @throws MessageError when it is no JSON, or would take long to parse without them
 */
export function* cutLongTexts(payload: Buffer): Slices<CutJson> {
  yield* checkUtf8(payload);
  const count = new JsonCount();
  const long = new LongTexts();
  const kept: Buffer[] = [];
  let from = 0;
  let size = 0;
  const keep = (part: Buffer) => {
    size += part.length;
    if (size > MAX_TEXT) throw new MessageError(`more than ${MAX_TEXT} bytes of JSON`);
    kept.push(part);
  };
  for (let at = 0; at < payload.length; ) {
    const start = countUpTo(payload, at, at + SLICE, count);
    if (payload[start] !== QUOTE) {
      at = start;
      if (at < payload.length) yield;
      continue;
    }
    const end = yield* endOfString(payload, start + 1);
    if (end - start > LONG) {
      keep(payload.subarray(from, start + 1));
      keep(Buffer.from(long.add(yield* decodeText(payload.subarray(start + 1, end)))));
      from = end;
    }
    at = end + 1;
  }
  keep(payload.subarray(from));
  return { text: Buffer.concat(kept).toString(), long };
}

/** Bytes given as base64, decoded in place. @throws MessageError when it is none */
export function* decodeBase64(text: Buffer): Slices<Buffer> {
  let size = 0;
  for (let at = 0; at < text.length; at += BASE64_SLICE) {
    const slice = text.toString('latin1', at, at + BASE64_SLICE);
    const isLast = at + BASE64_SLICE >= text.length;
    if (!(isLast ? /^[A-Za-z0-9+/]*={0,2}$/ : /^[A-Za-z0-9+/]*$/).test(slice)) {
      throw new MessageError('bytes that are not base64');
    }
    size += text.write(slice, size, 'base64');
    yield;
  }
  return text.subarray(0, size);
}

/** Slice by slice, each up to the last byte before it that begins a character. */
function* checkUtf8(bytes: Buffer): Slices<void> {
  for (let at = 0; at < bytes.length; ) {
    let end = Math.min(at + 8 * SLICE, bytes.length);
    for (let back = 0; back < 3 && end < bytes.length && isContinuation(bytes[end]); back++) end--;
    if (!isUtf8(bytes.subarray(at, end))) throw new MessageError(NOT_JSON);
    at = end;
    yield;
  }
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

/** Where the next quote is, or `end`, or the end of all. */
function countUpTo(bytes: Buffer, from: number, end: number, count: JsonCount): number {
  let at = from;
  const last = Math.min(end, bytes.length);
  for (; at < last; at++) {
    const byte = bytes[at] as number;
    if (byte === QUOTE) return at;
    count.add(byte);
  }
  return at;
}

function* endOfString(bytes: Buffer, start: number): Slices<number> {
  for (let at = start; ; ) {
    at = quoteUpTo(bytes, at, at + SLICE);
    if (at >= bytes.length) throw new MessageError(NOT_JSON);
    if (bytes[at] === QUOTE) return at;
    yield;
  }
}

/** The next quote that no backslash stands before; else somewhere behind `end`. */
function quoteUpTo(bytes: Buffer, from: number, end: number): number {
  let at = from;
  const last = Math.min(end, bytes.length);
  while (at < last && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at;
}

/** Where decoding has come to. What is written is never longer than what was read. */
interface Progress {
  read: number;
  written: number;
}

function* decodeText(bytes: Buffer): Slices<Buffer | undefined> {
  const progress: Progress = { read: 0, written: 0 };
  while (progress.read < bytes.length) {
    if (!decodeUpTo(bytes, progress, Math.min(progress.read + SLICE, bytes.length)))
      return undefined;
    yield;
  }
  return bytes.subarray(0, progress.written);
}

/** False for a surrogate that stands for no byte. */
function decodeUpTo(bytes: Buffer, progress: Progress, end: number): boolean {
  let { read, written } = progress;
  while (read < end) {
    const byte = bytes[read] as number;
    if (byte !== BACKSLASH) {
      if (byte < SPACE) throw new MessageError(NOT_JSON);
      bytes[written++] = byte;
      read++;
      continue;
    }
    const kind = bytes[read + 1] as number;
    if (kind !== LETTER_U) {
      const meant = ESCAPES.get(kind);
      if (meant === undefined) throw new MessageError(NOT_JSON);
      bytes[written++] = meant;
      read += 2;
      continue;
    }
    let code = codeUnit(bytes, read);
    read += 6;
    if (isHigh(code) && bytes[read] === BACKSLASH && bytes[read + 1] === LETTER_U) {
      const pair = pairOf(code, codeUnit(bytes, read));
      if (pair !== undefined) {
        code = pair;
        read += 6;
      }
    }
    const size = putCharacter(bytes, written, code);
    if (size === 0) return false;
    written += size;
  }
  progress.read = read;
  progress.written = written;
  return true;
}

/** That of `\uNNNN`. */
function codeUnit(bytes: Buffer, at: number): number {
  let code = 0;
  for (let digit = at + 2; digit < at + 6; digit++) {
    code = code * 16 + hexValue(bytes[digit]);
  }
  return code;
}

function hexValue(byte = 0): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  if (letter >= 0x61 && letter <= 0x66) return letter - 0x57;
  throw new MessageError(NOT_JSON);
}
