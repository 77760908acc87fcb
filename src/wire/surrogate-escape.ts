import { isUtf8 } from 'node:buffer';

/**
 * Python's way to carry any bytes as text (PEP 383): a byte 0xNN that is not part of valid UTF-8
 * becomes the lone surrogate U+DCNN, and back.
 */
export function decodeSurrogateEscape(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  const parts: string[] = [];
  let good = 0;
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes, at);
    if (length > 0) {
      at += length;
      continue;
    }
    if (good < at) parts.push(bytes.toString('utf8', good, at));
    parts.push(String.fromCharCode(0xdc00 + (bytes[at] ?? 0)));
    good = ++at;
  }
  parts.push(bytes.toString('utf8', good));
  return parts.join('');
}

/** Bytes of the well-formed UTF-8 character there (Unicode 15, table 3-7); 0 when there is none. */
export function sequenceLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at] as number;
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  if (lead < 0xe0) return continues(bytes[at + 1], 0x80, 0xbf) ? 2 : 0;
  const least = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const most = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (!continues(bytes[at + 1], least, most) || !continues(bytes[at + 2], 0x80, 0xbf)) return 0;
  if (lead < 0xf0) return 3;
  return continues(bytes[at + 3], 0x80, 0xbf) ? 4 : 0;
}

function continues(byte: number | undefined, least: number, most: number): boolean {
  return byte !== undefined && byte >= least && byte <= most;
}

/** The bytes that such a text stands for; undefined when it holds a surrogate that stands for none. */
export function encodeSurrogateEscape(text: string): Buffer | undefined {
  if (text.isWellFormed()) return Buffer.from(text);
  const bytes = Buffer.allocUnsafe(3 * text.length);
  let written = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const pair = isHigh(code) ? pairOf(code, text.charCodeAt(at + 1)) : undefined;
    if (pair !== undefined) at++;
    const size = putCharacter(bytes, written, pair ?? code);
    if (size === 0) return undefined;
    written += size;
  }
  return bytes.subarray(0, written);
}

/** Whether this unit of UTF-16 is the first of a pair. */
export function isHigh(unit: number): boolean {
  return (unit & 0xfc00) === 0xd800;
}

/** The character that two units stand for, the first of which is a high one; undefined when the second is no low one. */
export function pairOf(high: number, low: number): number | undefined {
  if ((low & 0xfc00) !== 0xdc00) return undefined;
  return 0x10000 + ((high & 0x3ff) << 10) + (low & 0x3ff);
}

/**
 * Writes a character as UTF-8, or the byte that a lone surrogate stands for.
 *
 * @returns how many bytes; 0 for a surrogate that stands for none
 */
export function putCharacter(bytes: Buffer, at: number, code: number): number {
  if (code < 0x80) {
    bytes[at] = code;
    return 1;
  }
  if (code < 0x800) {
    bytes[at] = 0xc0 | (code >> 6);
    bytes[at + 1] = 0x80 | (code & 0x3f);
    return 2;
  }
  if (code >= 0xd800 && code <= 0xdfff) {
    if (code < 0xdc80 || code > 0xdcff) return 0;
    bytes[at] = code - 0xdc00;
    return 1;
  }
  if (code < 0x10000) {
    bytes[at] = 0xe0 | (code >> 12);
    bytes[at + 1] = 0x80 | ((code >> 6) & 0x3f);
    bytes[at + 2] = 0x80 | (code & 0x3f);
    return 3;
  }
  bytes[at] = 0xf0 | (code >> 18);
  bytes[at + 1] = 0x80 | ((code >> 12) & 0x3f);
  bytes[at + 2] = 0x80 | ((code >> 6) & 0x3f);
  bytes[at + 3] = 0x80 | (code & 0x3f);
  return 4;
}
