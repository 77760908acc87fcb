import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { BatchError } from './batch-error.js';

/** Bytes of all lines together. */
export const MOST_BYTES = 16 * 1024 * 1024;

/**
 * All that a file holds, or standard input with `-`.
 *
 * @throws BatchError when it cannot be read or is too large
 */
export async function readInput(file: string): Promise<Buffer> {
  const stream: Readable = file === '-' ? process.stdin : createReadStream(file);
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of stream) {
      chunks.push(chunk as Buffer);
      size += (chunk as Buffer).length;
      if (size > MOST_BYTES) break;
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new BatchError(`${file}: cannot be read (${code ?? message}): give a file of commands`);
  }
  if (size > MOST_BYTES) {
    throw new BatchError(`${file}: more than ${MOST_BYTES} bytes: split it into several batches`);
  }
  return Buffer.concat(chunks);
}
