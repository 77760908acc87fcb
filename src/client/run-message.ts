import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import { INPUT_WINDOW, type Run } from '../wire/messages.js';
import { checkArgv, checkOptions } from './arguments.js';
import { toReadable } from './input-source.js';
import type { ExecuteOptions } from './options.js';

/** A `run` message but for its id. */
export type RunMessage = Omit<Run, 'id'>;

/**
 * The message that asks for this command.
 *
 * @param streams whether it is for `start`, which takes more options
 * @throws TypeError, RangeError for arguments that no daemon would take
 */
export function runMessage(
  argv: readonly string[],
  options: ExecuteOptions,
  streams: boolean,
): RunMessage {
  checkArgv(argv);
  checkOptions(options, streams);
  const { timeout = 0, maxBuffer, env, killSignal, forceKillAfterDelay } = options;
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
 * Standard input as it is sent: bytes, or a stream that they come from.
 *
 * Bytes are copied, however many: they are sent later, and the caller may have other plans for
 * their memory.
 */
export function inputOf(input: ExecuteOptions['input']): Buffer | Readable {
  if (input === undefined) return NOTHING;
  if (typeof input === 'string') return Buffer.from(input);
  return input instanceof Uint8Array ? Buffer.from(input) : toReadable(input);
}

/** Whether it goes along with the `run` message; more would stand in the way of other commands. */
export function isShort(input: Buffer | Readable): input is Buffer {
  return input instanceof Buffer && input.length <= INPUT_WINDOW;
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
