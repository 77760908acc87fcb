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
function sequenceLength(bytes: Buffer, at: number): number {
  const lead = bytes[at] ?? 0;
  if (lead < 0x80) return 1;
  const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  return lead >= 0xc2 && lead <= 0xf4 && isUtf8(bytes.subarray(at, at + length)) ? length : 0;
}

/** The bytes that such a text stands for; undefined when it holds a surrogate that stands for none. */
export function encodeSurrogateEscape(text: string): Buffer | undefined {
  if (text.isWellFormed()) return Buffer.from(text);
  const parts: Buffer[] = [];
  for (const part of text.split(/([\ud800-\udfff])/u)) {
    const code = part.charCodeAt(0);
    const lone = part.length === 1 && code >= 0xd800 && code <= 0xdfff;
    if (lone && (code < 0xdc80 || code > 0xdcff)) return undefined;
    parts.push(lone ? Buffer.of(code - 0xdc00) : Buffer.from(part));
  }
  return Buffer.concat(parts);
}
