import { checkNumber, checkText, LONGEST_TIMEOUT } from './arguments.js';

/** By their names, as the options of a call are checked. @throws TypeError, RangeError */
const CHECKS: Readonly<Record<string, (value: unknown) => void>> = {
  transport: (value) => {
    if (value === 'socket' || value === 'stdio') return;
    throw new TypeError(`\`transport\` is ${String(value)}; it must be one of socket, stdio`);
  },
  env: (value) => {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return;
    throw new TypeError('`env` must be an object of variables');
  },
  cwd: (value) => {
    if (typeof value === 'string' || value instanceof URL) return;
    throw new TypeError('`cwd` must be a string or a URL');
  },
  stderr: (value) => {
    if (value === 'inherit' || value === 'ignore' || typeof value === 'function') return;
    throw new TypeError("`stderr` must be 'inherit', 'ignore' or a function");
  },
  startTimeout: (value) => {
    if (typeof value !== 'number') throw new TypeError('`startTimeout` must be a number');
    if (value > 0 && value <= LONGEST_TIMEOUT) return;
    throw new RangeError(
      `\`startTimeout\` is ${value}; it must be above 0 and at most ${LONGEST_TIMEOUT}`,
    );
  },
};

/** @throws TypeError, RangeError for what a client can't be made of */
export function checkClient(daemon: unknown, options: object): void {
  if (Array.isArray(daemon)) checkCommand(daemon);
  else if (!isConnectable(daemon)) checkSocket(daemon);
  for (const [name, value] of Object.entries(options)) {
    const check = Object.hasOwn(CHECKS, name) ? CHECKS[name] : undefined;
    if (!check) throw new TypeError(`there is no option \`${name}\``);
    if (value !== undefined) check(value);
  }
}

/** @throws TypeError, RangeError */
export function checkClose(options: unknown): void {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError('`close` takes an object: { timeout: 5_000 }');
  }
  for (const [name, value] of Object.entries(options)) {
    if (name !== 'timeout') throw new TypeError(`there is no option \`${name}\``);
    if (value !== undefined) checkNumber(name, value, LONGEST_TIMEOUT);
  }
}

function checkCommand(words: readonly unknown[]): void {
  for (const [i, word] of words.entries()) checkText(word, `word ${i} of the daemon's command`);
  if (words[0]) return;
  throw new TypeError("the daemon's command is empty: ['sudo', '-n', 'tsrootwrap-daemon', CONFIG]");
}

function isConnectable(daemon: unknown): boolean {
  return typeof (daemon as { connect?: unknown } | null)?.connect === 'function';
}

function checkSocket(daemon: unknown): void {
  const { socketPath } = (daemon ?? {}) as { socketPath?: unknown };
  if (typeof socketPath === 'string' && socketPath !== '') {
    checkText(socketPath, '`socketPath`');
    return;
  }
  throw new TypeError(
    "the daemon must be an array of words or { socketPath: '/its/socket' } or { connect: () => stream }",
  );
}
