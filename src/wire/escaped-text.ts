import { SLICE, type Slices } from './slices.js';
import { sequenceLength } from './surrogate-escape.js';

/** Bytes that each ASCII character takes in a JSON string, as JSON.stringify writes it. */
const LENGTHS = new Uint8Array(128).map(
  (_, code) => JSON.stringify(String.fromCharCode(code)).length - 2,
);

/** What those are that take more than one. */
const ESCAPES = Array.from({ length: 128 }, (_, code) =>
  Buffer.from(JSON.stringify(String.fromCharCode(code)).slice(1, -1)),
);

/** `\\udcNN`, but for its digits: a lone surrogate. */
const SURROGATE = Buffer.from('\\udc00');
const HEX = Buffer.from('0123456789abcdef');

/** Bytes of the JSON string, less its quotes, in which Python's surrogateescape carries these bytes. */
export function* escapedLength(bytes: Uint8Array): Slices<number> {
  let length = 0;
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(at + SLICE, bytes.length);
    for (; at < end; ) {
      const byte = bytes[at] as number;
      const taken = byte < 0x80 ? 1 : sequenceLength(bytes, at);
      length += byte < 0x80 ? (LENGTHS[byte] as number) : taken || SURROGATE.length;
      at += taken || 1;
    }
    if (at < bytes.length) yield;
  }
  return length;
}

/**
 * That string, in pieces: each is written into the same memory, and there until the next one is asked for.
 *
 * @param memory at least six bytes
 */
export function* escapedPieces(bytes: Uint8Array, memory: Buffer): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; ) {
    const filled = fill(memory, bytes, at);
    at = filled.at;
    yield memory.subarray(0, filled.size);
  }
}

function fill(memory: Buffer, bytes: Uint8Array, from: number): { at: number; size: number } {
  let at = from;
  let size = 0;
  const last = memory.length - SURROGATE.length;
  while (at < bytes.length && size <= last) {
    const byte = bytes[at] as number;
    if (byte < 0x80) {
      if (LENGTHS[byte] === 1) memory[size++] = byte;
      else for (const escaped of ESCAPES[byte] as Buffer) memory[size++] = escaped;
      at++;
      continue;
    }
    const taken = sequenceLength(bytes, at);
    if (taken === 0) {
      // byte by byte: a call of Buffer's for each takes ten times as long
      for (let i = 0; i < 4; i++) memory[size + i] = SURROGATE[i] as number;
      memory[size + 4] = HEX[byte >> 4] as number;
      memory[size + 5] = HEX[byte & 0xf] as number;
      size += SURROGATE.length;
      at++;
      continue;
    }
    for (let end = at + taken; at < end; ) memory[size++] = bytes[at++] as number;
  }
  return { at, size };
}
