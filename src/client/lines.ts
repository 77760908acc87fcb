import type { Readable } from 'node:stream';

/** A line is longer than the memory that it may take. */
export class LongLineError extends RangeError {
  constructor(most: number) {
    super(
      `a line of more than ${most} characters: read \`stdout\` as a stream, or raise \`maxBuffer\``,
    );
  }
}

/**
 * The lines of a text, without their ends, as they come. The last one needs no end.
 *
 * @param most characters of a line
 * @throws LongLineError, and what the stream is destroyed with
 */
export async function* linesOf(
  stream: Readable,
  encoding: BufferEncoding,
  most: number,
): AsyncGenerator<string, void, void> {
  let begun: string[] = [];
  let length = 0;
  for await (const text of stream.setEncoding(encoding) as AsyncIterable<string>) {
    const [first = '', ...others] = text.split('\n');
    begun.push(first);
    length += first.length;
    if (length > most) throw new LongLineError(most);
    for (const next of others) {
      yield withoutReturn(begun.join(''));
      begun = [next];
      length = next.length;
    }
  }
  if (length > 0) yield withoutReturn(begun.join(''));
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}
