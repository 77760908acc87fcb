import { isInputStream } from './input-source.js';
import type { ExecuteOptions, StartOptions } from './options.js';

const MOST_WORDS = 65_535;
/** Milliseconds; the longest that one timer can wait. */
export const LONGEST_TIMEOUT = 2 ** 31 - 1;
/** Milliseconds. */
const LONGEST_KILL_AFTER = 3_600_000;

const ENCODINGS = ['utf8', 'utf16le', 'latin1', 'ascii', 'hex', 'base64', 'base64url', 'buffer'];
const MODES = ['pipe', 'collect', 'ignore'];

/** By their names, so that one that is misspelt is not left out unnoticed. @throws TypeError, RangeError */
const CHECKS: { readonly [Name in keyof Required<StartOptions>]: (value: unknown) => void } = {
  timeout: (value) => {
    checkNumber('timeout', typeof value === 'number' ? Math.ceil(value) : value, LONGEST_TIMEOUT);
  },
  signal: (value) => checkSignal('signal', value),
  cancelSignal: (value) => checkSignal('cancelSignal', value),
  input: (value) => {
    if (typeof value === 'string' || value instanceof Uint8Array) return;
    if (isInputStream(value)) return;
    throw new TypeError(
      '`input` must be a string, a Uint8Array, or a stream or async iterable that can be read',
    );
  },
  encoding: (value) => checkOneOf('encoding', value, ENCODINGS),
  lines: (value) => checkFlag('lines', value),
  maxBuffer: (value) => {
    if (value !== Infinity) checkNumber('maxBuffer', value, Number.MAX_SAFE_INTEGER);
  },
  env: (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new TypeError('`env` must be an object of variables');
    }
    for (const [name, text] of Object.entries(value as Record<string, unknown>)) {
      checkText(name, `name ${JSON.stringify(name)} in \`env\``);
      checkText(text, `${name} in \`env\``);
      if (name !== '' && !name.includes('=')) continue;
      throw new TypeError(`${JSON.stringify(name)} in \`env\` is no name of a variable`);
    }
  },
  killSignal: () => {}, // whoever looks it up finds out
  forceKillAfterDelay: (value) => {
    if (value === false) {
      throw new TypeError(
        `\`forceKillAfterDelay\` can't be false: SIGKILL comes at last; the longest is ${LONGEST_KILL_AFTER}`,
      );
    }
    checkNumber('forceKillAfterDelay', value, LONGEST_KILL_AFTER);
  },
  reject: (value) => checkFlag('reject', value),
  stripFinalNewline: (value) => checkFlag('stripFinalNewline', value),
  stdout: (value) => checkOneOf('stdout', value, MODES),
  stderr: (value) => checkOneOf('stderr', value, MODES),
};

/** @throws TypeError, RangeError for words that no command can be given */
export function checkArgv(argv: readonly string[]): void {
  if (!Array.isArray(argv) || argv.length === 0) {
    throw new TypeError("the command must be an array of words that is not empty: ['ip', 'netns']");
  }
  if (argv.length > MOST_WORDS) {
    throw new RangeError(`the command has ${argv.length} words; at most ${MOST_WORDS} are taken`);
  }
  for (let i = 0; i < argv.length; i++) {
    if (!isText(argv[i])) checkText(argv[i], `word ${i} of the command`);
  }
}

/**
 * @param streams whether `stdout` and `stderr` are among them
 * @throws TypeError, RangeError for an option that there is not, or a value that it can't have
 */
export function checkOptions(options: ExecuteOptions, streams: boolean): void {
  for (const name of Object.keys(options)) {
    const known =
      Object.hasOwn(CHECKS, name) && (streams || (name !== 'stdout' && name !== 'stderr'));
    if (!known) throw new TypeError(`there is no option \`${name}\``);
    const value = options[name as keyof ExecuteOptions];
    if (value !== undefined) CHECKS[name as keyof ExecuteOptions](value);
  }
  if (options.signal && options.cancelSignal) {
    throw new TypeError('`signal` and `cancelSignal` are one option: give one of them');
  }
}

function checkSignal(name: string, value: unknown): void {
  if (!(value instanceof AbortSignal)) throw new TypeError(`\`${name}\` must be an AbortSignal`);
}

function isText(text: unknown): boolean {
  return typeof text === 'string' && !text.includes('\0') && text.isWellFormed();
}

export function checkText(text: unknown, what: string): void {
  if (typeof text !== 'string') throw new TypeError(`${what} is ${typeof text}, not a string`);
  if (text.includes('\0')) {
    throw new TypeError(`${what} holds a NUL byte, which no command can be given`);
  }
  if (!text.isWellFormed()) {
    throw new TypeError(`${what} holds half a surrogate pair, which UTF-8 cannot express`);
  }
}

/** @throws TypeError, RangeError unless it is a whole number from 0 */
export function checkNumber(name: string, value: unknown, most: number): void {
  if (typeof value !== 'number') throw new TypeError(`\`${name}\` must be a number`);
  if (!Number.isInteger(value) || value < 0 || value > most) {
    throw new RangeError(`\`${name}\` is ${value}; it must be a whole number from 0 to ${most}`);
  }
}

function checkFlag(name: string, value: unknown): void {
  if (typeof value !== 'boolean') throw new TypeError(`\`${name}\` must be true or false`);
}

function checkOneOf(name: string, value: unknown, names: readonly string[]): void {
  if (names.includes(value as string)) return;
  throw new TypeError(`\`${name}\` is ${String(value)}; it must be one of ${names.join(', ')}`);
}
