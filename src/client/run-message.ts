import { constants } from 'node:os';
import { INPUT_WINDOW, type Run } from '../wire/messages.js';
import { checkArgv, checkOptions } from './arguments.js';
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
