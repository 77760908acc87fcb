/** A value that cannot cross, or what crossed is none; the message names the place, never the value. */
export class DataError extends Error {
  override readonly name = 'DataError';
}
