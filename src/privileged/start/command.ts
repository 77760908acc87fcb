import { CALLER_UID } from '../../exec/caller.js';
import { givenEnvironment, givenLimits, givenVariable } from '../../exec/given-environment.js';
import { softNofileLimit } from '../../exec/nofile.js';
import { searchPath } from '../../exec/search-path.js';
import { posix } from '../../posix/addon.js';
import { isExecutable } from '../../posix/executable.js';
import { CHANNELS } from '../contexts/channels-variable.js';
import { StartError } from './start-error.js';
import type { Command } from './with-command.js';

/** The variables that the program is given anew, and our own. */
const OWN = new Set(['HOME', 'USER', 'LOGNAME', CHANNELS, CALLER_UID]);

/**
 * A program to start as a user, with what root gave this process: its environment, its limits, its
 * sockets.
 *
 * @param words the program, by an absolute path or a name to look up in PATH, and its arguments
 * @throws {StartError}
 */
export function commandFor(words: readonly string[], userName: string): Command {
  const [program = ''] = words;
  const user = posix.lookupUser(userName);
  if (user === undefined) {
    throw new StartError(`there is no user ${userName}; make it, or correct --user`);
  }
  const nofile = softNofileLimit(Number.POSITIVE_INFINITY);
  return {
    file: programFile(program),
    argv: words,
    user,
    directory: process.cwd(),
    environment: givenEnvironment().filter((entry) => !OWN.has(nameOf(entry))),
    kept: systemdSockets(),
    softNofile: Number.isFinite(nofile) ? nofile : undefined,
    limits: givenLimits(),
  };
}

/** As a shell looks it up, but only where root alone decides what stands there. */
function programFile(program: string): string {
  const file = program.startsWith('/')
    ? program
    : program.includes('/')
      ? undefined
      : searchPath()
          .map((directory) => `${directory}/${program}`)
          .find(isExecutable);
  if (file !== undefined && isExecutable(file)) return file;
  throw new StartError(
    `there is no program ${program}; write its absolute path, or a name that is found in a directory of PATH that only root can change`,
  );
}

/** How many sockets systemd passes from descriptor 3 on: sd_listen_fds(3). */
function systemdSockets(): number {
  const fds = givenVariable('LISTEN_FDS') ?? '';
  const isOurs = givenVariable('LISTEN_PID') === String(process.pid);
  return isOurs && /^\d{1,4}$/.test(fds) ? Number(fds) : 0;
}

function nameOf(entry: Uint8Array): string {
  return Buffer.from(entry).toString('latin1').split('=', 1)[0] ?? '';
}
