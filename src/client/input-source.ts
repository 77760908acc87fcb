import { isReadable, pipeline, Readable, Transform } from 'node:stream';
import { ReadableStream } from 'node:stream/web';
import type { CommandInput } from './command-input.js';

/** Standard input that is not at hand as a whole: a stream of Node's or the web's, or a generator. */
export type InputStream = Readable | ReadableStream | AsyncIterable<string | Uint8Array>;

/** Whether it can be read, and has not been to its end. */
export function isInputStream(value: unknown): value is InputStream {
  if (typeof value !== 'object' || value === null || !(Symbol.asyncIterator in value)) return false;
  if ('locked' in value && value.locked === true) return false;
  // One of the web's may be closed from the start: it is empty.
  if (value instanceof ReadableStream)
    return isReadable(value as never) || !Readable.isDisturbed(value as never);
  return isReadable(value as Readable) !== false; // null: it is no stream
}

/** Taken before there is a command, since iterators of other people's may throw. */
export function toReadable(source: InputStream): Readable {
  if (source instanceof Readable) return source;
  if (source instanceof ReadableStream) return Readable.fromWeb(source, { objectMode: true });
  return Readable.from(source);
}

/** Feeds all of it. A source that fails, or ends before its end, destroys the input with the reason. */
export function feedFrom(source: Readable, input: CommandInput): void {
  pipeline(source, toBytes(), input, () => {});
}

/** A stream of objects may hold anything; what is no input must not end the caller's process. */
function toBytes(): Transform {
  return new Transform({
    writableObjectMode: true,
    writableHighWaterMark: 1,
    transform(chunk: unknown, _encoding, done) {
      if (typeof chunk === 'string') done(null, Buffer.from(chunk));
      else if (ArrayBuffer.isView(chunk)) {
        done(null, Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
      } else {
        done(new TypeError(`a piece of it is ${typeof chunk}, not a string or a Uint8Array`));
      }
    },
  });
}
