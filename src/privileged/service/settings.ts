import { join, resolve } from 'node:path';
import type { Logger } from '../contexts/entrypoint.js';
import { isMilliseconds, LONGEST_TIMER } from '../contexts/milliseconds.js';
import { PrivilegedError } from '../wire/errors.js';
import { LOG_LEVELS } from '../wire/messages.js';
import { defaultLogger } from './default-logger.js';

/** What a service says about its helpers. */
export interface ServiceOptions {
  /**
   * Path of rootwrap.conf. It may be left out where `tsrootwrap-privileged` has started the service with
   * its helpers; elsewhere it has to be there. A relative one is taken from the working directory as it
   * is now.
   */
  readonly config?: string;
  /**
   * What comes before the path of rootwrap.conf on the command line that starts a helper:
   * `[...command, config, 'tsrootwrap-privileged', '--config', config, '--context', name]`.
   * `['sudo', '-n', 'tsrootwrap']` unless given. A process that is root does without it, and starts the
   * helper itself.
   */
  readonly command?: readonly string[];
  /** Where messages of helpers, and about them, go. Lines on standard error unless given. */
  readonly logger?: Logger;
  /** Milliseconds in which a helper has to be ready. 30000 unless given. */
  readonly startTimeout?: number;
  /**
   * Whether a call starts a new helper where the former has ended by itself: `'on-next-call'`, at most one
   * in a second, and ever fewer, down to one in 30 seconds, while none gets ready. What was in flight is
   * lost all the same. `'never'` unless given: then `context.start()` is the one way.
   */
  readonly restart?: 'never' | 'on-next-call';
  /**
   * Called when a helper has ended by itself, or could not be started, and the logger and all calls have
   * been told. A service that cannot start another one (it was started with its helpers) may end here.
   */
  readonly onHelperEnd?: (end: HelperEnd) => void;
}

/** A helper that is gone, though nobody stopped it. */
export interface HelperEnd {
  /** The name of its context. */
  readonly context: string;
  /** What its calls reject with. */
  readonly error: PrivilegedError;
}

/** The same, checked and complete. */
export interface Settings {
  readonly config: string | undefined;
  readonly command: readonly string[] | undefined;
  readonly logger: Logger;
  readonly startTimeout: number;
  readonly restart: 'never' | 'on-next-call';
  readonly onHelperEnd: ((end: HelperEnd) => void) | undefined;
}

export const DEFAULTS: Settings = {
  config: undefined,
  command: undefined,
  logger: defaultLogger,
  startTimeout: 30_000,
  restart: 'never',
  onHelperEnd: undefined,
};

const DEFAULT_COMMAND = ['sudo', '-n', 'tsrootwrap'];
const PROGRAM = 'tsrootwrap-privileged';
const KEYS: ReadonlySet<string> = new Set(Object.keys(DEFAULTS));

/** @throws {TypeError} for what is no option, or no such value of one */
export function checkOptions(options: unknown): Settings {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new TypeError(
      "configure takes an object: configure({ config: '/etc/app/rootwrap.conf' })",
    );
  }
  for (const key of Object.keys(options)) {
    if (KEYS.has(key)) continue;
    const known = [...KEYS].map((one) => `\`${one}\``).join(', ');
    throw new TypeError(`configure has no option ${JSON.stringify(key)}; it has ${known}`);
  }
  const {
    config,
    command,
    logger = DEFAULTS.logger,
    startTimeout = DEFAULTS.startTimeout,
    restart = DEFAULTS.restart,
    onHelperEnd,
  } = options as Readonly<Record<string, unknown>>;
  if (config !== undefined && !isWord(config)) {
    throw new TypeError('`config` is the path of rootwrap.conf, a string that is not empty');
  }
  if (command !== undefined && !isCommand(command)) {
    throw new TypeError(
      "`command` is an array of words that is not empty, such as ['sudo', '-n', 'tsrootwrap']",
    );
  }
  if (!isLogger(logger)) {
    const methods = LOG_LEVELS.map((level) => `\`${level}\``).join(', ');
    throw new TypeError(`\`logger\` is an object with the methods ${methods}, such as console`);
  }
  if (!isMilliseconds(startTimeout)) {
    throw new TypeError(
      `\`startTimeout\` is a whole number of milliseconds from 1 to ${LONGEST_TIMER}`,
    );
  }
  if (restart !== 'never' && restart !== 'on-next-call') {
    throw new TypeError("`restart` is 'never' or 'on-next-call'");
  }
  if (!isListener(onHelperEnd)) throw new TypeError('`onHelperEnd` is a function');
  return {
    config: config === undefined ? undefined : resolve(config),
    command: command === undefined ? undefined : [...command],
    logger,
    startTimeout,
    restart,
    onHelperEnd,
  };
}

export function isSame(a: Settings, b: Settings): boolean {
  return (
    a.config === b.config &&
    a.logger === b.logger &&
    a.startTimeout === b.startTimeout &&
    a.restart === b.restart &&
    a.onHelperEnd === b.onHelperEnd &&
    JSON.stringify(a.command) === JSON.stringify(b.command)
  );
}

/**
 * The words that start the helper of a context.
 *
 * @throws {PrivilegedError} there is no `config`
 */
export function commandFor(context: string, { config, command }: Settings): readonly string[] {
  if (config === undefined) {
    throw new PrivilegedError(
      'ERR_PRIVILEGED_HELPER',
      `nothing says how to start the helper of context ${context}: call configure({ config: '/etc/app/rootwrap.conf' }) of tsrootwrap/privileged before the first call`,
    );
  }
  const words = ['--config', config, '--context', context];
  if (command === undefined && process.geteuid?.() === 0) return [starter(), ...words];
  return [...(command ?? DEFAULT_COMMAND), config, PROGRAM, ...words];
}

/** This package's own. */
function starter(): string {
  const { dirname } = import.meta as { readonly dirname?: string };
  if (dirname !== undefined) return join(dirname, '../../../bin', PROGRAM);
  throw new PrivilegedError(
    'ERR_PRIVILEGED_HELPER',
    "a CommonJS bundle does not know where tsrootwrap is installed: call configure({ config, command: ['/usr/local/bin/tsrootwrap'] })",
  );
}

/** What may be a word of a command line. */
function isWord(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && !value.includes('\0');
}

function isListener(value: unknown): value is ((end: HelperEnd) => void) | undefined {
  return value === undefined || typeof value === 'function';
}

function isCommand(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.every(isWord);
}

function isLogger(value: unknown): value is Logger {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  return LOG_LEVELS.every((level) => typeof (value as Partial<Logger>)[level] === 'function');
}
