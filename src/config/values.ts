import { ConfigError } from './config-error.js';
import type { ConfigFile, Entry } from './configparser.js';
import { quote } from './quote.js';

/** What tells an entry's file. */
interface InFile {
  readonly file: string;
}

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ['1', true],
  ['yes', true],
  ['true', true],
  ['on', true],
  ['0', false],
  ['no', false],
  ['false', false],
  ['off', false],
]);

export const MAX_INTEGER = 2 ** 31 - 1;

/**
 * A key of `[DEFAULT]` that is one of Python's words for true and false.
 *
 * @throws {ConfigError} for any other word
 */
export function boolean(config: ConfigFile, key: string, fallback: boolean): boolean {
  const entry = config.default(key);
  return entry === undefined ? fallback : booleanOf(config, entry);
}

/**
 * An entry's value that is one of those words.
 *
 * @throws {ConfigError} for any other word
 */
export function booleanOf(place: InFile, entry: Entry): boolean {
  const value = BOOLEANS.get(entry.value.toLowerCase());
  if (value !== undefined) return value;
  throw wrongValue(place, entry, 'true or false (or yes, no, on, off, 1, 0)');
}

/**
 * A key of `[DEFAULT]` as Python's `int()` reads it, with a sign and single underscores, but ASCII
 * digits only.
 *
 * @throws {ConfigError} for anything else, and outside of the bounds
 */
export function integer(
  config: ConfigFile,
  key: string,
  fallback: number,
  least: number,
  most = MAX_INTEGER,
): number {
  const entry = config.default(key);
  if (entry === undefined) return fallback;
  const number = /^[+-]?\d+(?:_\d+)*$/.test(entry.value)
    ? Number(entry.value.replaceAll('_', ''))
    : Number.NaN;
  if (number >= least && number <= most) return Math.abs(number); // -0 is 0
  throw wrongValue(config, entry, `a whole number from ${least} to ${most}`);
}

/** @param instead what the value must be, behind "write" */
export function wrongValue({ file }: InFile, entry: Entry, instead: string): ConfigError {
  const { key, value, line } = entry;
  return new ConfigError(file, line, `${key} is ${quote(value)}; write ${instead}`);
}
