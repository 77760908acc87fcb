import { closeSync, openSync } from 'node:fs';
import { type Exit, posix } from '#src/posix/addon.js';

/** What sudo's secure_path usually is. */
export const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * The environment of everything that is measured, about what sudo leaves of one. Node's own
 * variables are not in it: NODE_EXTRA_CA_CERTS alone would double the time that Node starts in.
 */
export const ENVIRONMENT = { PATH, HOME: '/', LANG: 'C.UTF-8', TERM: 'dumb' };

const environment = Object.entries(ENVIRONMENT).map(([name, value]) => `${name}=${value}`);
const nowhere = openSync('/dev/null', 'r+');

/** Runs a program by the addon, its descriptors leading nowhere, until it has ended. */
export function run(argv: readonly [string, ...string[]]): Promise<Exit> {
  const { pidfd } = posix.spawn({
    file: argv[0],
    argv,
    environment,
    stdio: [nowhere, nowhere, nowhere],
  });
  return new Promise((resolve) => {
    posix.onExit(pidfd, (exit) => {
      closeSync(pidfd);
      resolve(exit);
    });
  });
}

/** Runs a program that must end well: one that fails early would look fast. */
export async function runWell(argv: readonly [string, ...string[]]): Promise<void> {
  const problem = await problemWith(argv);
  if (problem !== undefined) throw new Error(problem);
}

/** Why a program cannot take part; undefined when it runs and ends well. */
export async function problemWith(
  argv: readonly [string, ...string[]],
): Promise<string | undefined> {
  try {
    const { code, signal } = await run(argv);
    return code === 0 ? undefined : `${argv[0]} ended with ${code ?? `signal ${signal}`}`;
  } catch (error) {
    return `${argv[0]} does not start (${(error as Error).message})`;
  }
}
