import { constants } from 'node:os';
import { INPUT_WINDOW, type Run } from '../wire/messages.js';
import type { ExecuteOptions } from './options.js';

/** A `run` message but for its id. */
export type RunMessage = Omit<Run, 'id'>;

const MOST_WORDS = 65_535;
/** Milliseconds; the longest that one timer can wait. */
const LONGEST_TIMEOUT = 2 ** 31 - 1;
/** Milliseconds. */
const LONGEST_KILL_AFTER = 3_600_000;

/**
 * The message that asks for this command.
 *
 * @throws TypeError, RangeError for arguments that no daemon would take
 */
export function runMessage(argv: readonly string[], options: ExecuteOptions): RunMessage {
  checkArgv(argv);
  const { timeout = 0, maxBuffer, env, killSignal, forceKillAfterDelay } = options;
  checkCount('timeout', timeout, LONGEST_TIMEOUT);
  if (env !== undefined) checkEnv(env);
  if (maxBuffer !== undefined && maxBuffer !== Infinity) checkCount('maxBuffer', maxBuffer);
  if (forceKillAfterDelay !== undefined) {
    checkCount('forceKillAfterDelay', forceKillAfterDelay, LONGEST_KILL_AFTER);
  }
  return {
    type: 'run',
    argv,
    ...(env !== undefined && { environment: env }),
    ...(timeout > 0 && { timeout: Math.ceil(timeout) }),
    ...(maxBuffer !== undefined && maxBuffer !== Infinity && { maxOutput: maxBuffer }),
    ...(killSignal !== undefined && { killSignal: signalName(killSignal) }),
    ...(forceKillAfterDelay !== undefined && { killAfter: forceKillAfterDelay }),
  };
}

/**
 * Input that goes along with the `run` message: undefined when it has to be fed bit by bit, so
 * that it does not stand in the way of other commands.
 */
export function wholeInput(input: ExecuteOptions['input']): Buffer | undefined {
  if (input === undefined) return NOTHING;
  if (typeof input === 'string') {
    const bytes = Buffer.from(input);
    return bytes.length <= INPUT_WINDOW ? bytes : undefined;
  }
  if (!(input instanceof Uint8Array)) return undefined;
  // Copied, since it is sent later and the caller may have other plans for its memory.
  return input.length <= INPUT_WINDOW ? Buffer.from(input) : undefined;
}

const NOTHING = Buffer.alloc(0);

/** @throws TypeError for a signal that there is not */
export function signalName(signal: string | number): string {
  if (typeof signal === 'string' && Object.hasOwn(constants.signals, signal)) return signal;
  const found = Object.entries(constants.signals).find(([, number]) => number === signal);
  if (found === undefined) {
    throw new TypeError(
      `there is no signal ${signal}: use a name such as 'SIGTERM', or its number`,
    );
  }
  return found[0];
}

function checkArgv(argv: readonly string[]): void {
  if (!Array.isArray(argv) || argv.length === 0) {
    throw new TypeError("the command must be an array of words that is not empty: ['ip', 'netns']");
  }
  if (argv.length > MOST_WORDS) {
    throw new RangeError(`the command has ${argv.length} words; at most ${MOST_WORDS} are taken`);
  }
  for (let i = 0; i < argv.length; i++) checkText(argv[i], 'word', i);
}

function checkEnv(env: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(env)) {
    checkText(name, 'name in `env`', name);
    checkText(value, '`env`', name);
    if (name === '' || name.includes('=')) {
      throw new TypeError(`${JSON.stringify(name)} in \`env\` is no name of a variable`);
    }
  }
}

function checkText(text: unknown, what: string, which: number | string): void {
  if (typeof text !== 'string') {
    throw new TypeError(`${what} ${which} is ${typeof text}; it must be a string`);
  }
  if (text.includes('\0')) {
    throw new TypeError(
      `${what} ${JSON.stringify(which)} holds a NUL byte, which no command can be given`,
    );
  }
  if (!text.isWellFormed()) {
    throw new TypeError(
      `${what} ${JSON.stringify(which)} holds half a surrogate pair, which UTF-8 cannot express`,
    );
  }
}

function checkCount(name: string, value: number, most = Number.MAX_SAFE_INTEGER): void {
  if (typeof value !== 'number') throw new TypeError(`\`${name}\` must be a number`);
  const whole = name === 'timeout' ? Math.ceil(value) : value;
  if (!Number.isInteger(whole) || whole < 0 || whole > most) {
    throw new RangeError(`\`${name}\` is ${value}; it must be a whole number from 0 to ${most}`);
  }
}
