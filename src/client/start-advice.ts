import { escapeCommand } from '../log/escape.js';
import type { ProcessEnd } from './daemon-process.js';
import { DaemonStartError } from './errors.js';
import { escapeLines } from './escape-lines.js';

/** Why there is no daemon, from what its command left behind. */
export function startError(command: readonly string[], end: ProcessEnd): DaemonStartError {
  const line = escapeCommand(command);
  const { error, exitCode, signal, stderr = '' } = end;
  const cause = error && { cause: error };
  if (error?.code === 'ENOENT') {
    const message = `the daemon did not start: ${command[0]} or its working directory is not there: install it or give its full path`;
    return new DaemonStartError(message, end, cause);
  }
  if (error) {
    const advice = SPAWN_ADVICE[error.code ?? ''];
    const why = `${error.message}${advice === undefined ? '' : `: ${advice}`}`;
    return new DaemonStartError(`the daemon did not start: ${line}: ${why}`, end, cause);
  }
  if (exitCode === undefined && signal === undefined) return turnedAway(command, end);
  const how = signal ? `was killed by ${signal}` : `ended with exit code ${exitCode}`;
  const said = escapeLines(stderr.trim());
  const advice = adviceFor(end);
  return new DaemonStartError(
    `the daemon did not start: ${line} ${how}${said === '' ? '; ' : `:\n${said}\n`}${advice}`,
    end,
  );
}

/** It was there, and closed the connection, or its output, without a word. */
export function turnedAway(command: readonly string[], end: ProcessEnd): DaemonStartError {
  const message = `the daemon turns this client away: ${escapeCommand(command)} has closed the connection; its log says why`;
  return new DaemonStartError(message, end);
}

/** @param isOurs whether the daemon was started by this client, and not by systemd */
export function connectError(
  path: string,
  error: NodeJS.ErrnoException,
  isOurs: boolean,
): DaemonStartError {
  const advice = isOurs ? OUR_SOCKET_ADVICE : SOCKET_ADVICE;
  const told = advice[error.code ?? ''] ?? 'see that a daemon listens there';
  const message = `no daemon at ${escapeCommand([path])} (${error.code ?? error.message}): ${told}`;
  return new DaemonStartError(message, {}, { cause: error });
}

const SPAWN_ADVICE: Readonly<Record<string, string>> = {
  EMFILE: 'close some, or raise the limit of open files (`ulimit -n`)',
  ENFILE: 'the system has no more of them: close some, or raise fs.file-max',
  EACCES: 'see that this user may execute it',
  EAGAIN: 'try again later, or raise the limit of processes (`ulimit -u`)',
};

const TOO_MANY_FILES = 'too many open files: close some, or raise their limit (`ulimit -n`)';

const SOCKET_ADVICE: Readonly<Record<string, string>> = {
  EMFILE: TOO_MANY_FILES,
  ENOENT: 'start its systemd socket unit, or correct the path',
  ECONNREFUSED: 'the socket is left over from a daemon that is gone: start it again',
  EACCES: 'the socket is for another user or group: see SocketUser and SocketGroup of its unit',
};

/** For a socket that a daemon of ours has just announced. */
const OUR_SOCKET_ADVICE: Readonly<Record<string, string>> = {
  EMFILE: TOO_MANY_FILES,
  ENOENT: 'the daemon has ended, or runs where this process sees other files: use --stdio there',
  ECONNREFUSED: 'the daemon has ended: see its log',
  EACCES:
    'the daemon made it for another user than this process runs as: start it as this user by sudo, ' +
    'or add --stdio, which needs no socket',
};

const NOPASSWD = 'add a NOPASSWD rule for exactly this command to sudoers and call it by `sudo -n`';

/** What sudo and doas say, and what to do then. The first that is found counts. */
const SAID: readonly (readonly [RegExp, string])[] = [
  [
    /"no new privileges" flag is set/,
    'no sudo rule helps: take NoNewPrivileges=yes (also implied by PrivateDevices=, ' +
      'SystemCallFilter= and others for services with User=) off the unit, or allowPrivilegeEscalation: false off ' +
      'the container; or use a socket of systemd ({ socketPath })',
  ],
  [
    /^(?:sudo: effective uid is not|sudo: .* must be owned by uid|doas: not installed setuid)/m,
    'the program that should give root is not set-user-ID root, or lies on a file system that is mounted nosuid, ' +
      'or this process may gain no privileges: correct that, or use a socket of systemd ({ socketPath })',
  ],
  [
    /^sudo: .*must have a tty/m,
    'sudoers has requiretty: add `Defaults:USER !requiretty` for this user',
  ],
  [
    /^sudo: .*(?:parse error|syntax error|no valid sudoers|is owned by uid|world writable)/m,
    'correct sudoers: `visudo -c` says where',
  ],
  [/^(?:sudo|doas): .*command not found/m, 'install it or give its full path'],
  [
    /^sudo: .*(?:a password is required|a terminal is required)|is not in the sudoers file|is not allowed to (?:execute|run)/m,
    NOPASSWD,
  ],
  [
    /^doas: (?:Operation not permitted|Authorization required|a tty is required|Authentication failed)|^doas: .*not enabled/m,
    'add `permit nopass USER as root cmd PROGRAM args ARGUMENT...` for exactly this command to doas.conf and call ' +
      'it by `doas -n`',
  ],
];

const BY_EXIT_CODE: Readonly<Record<number, string>> = {
  97: 'correct the configuration, see above',
  255: 'if it is ssh: see that it logs in without a question',
  127: 'install it or give its full path',
  126: 'install it or give its full path',
};

function adviceFor({ exitCode = -1, stderr = '' }: ProcessEnd): string {
  if (exitCode === 97) return BY_EXIT_CODE[97] as string;
  const said = SAID.find(([words]) => words.test(stderr));
  return said?.[1] ?? BY_EXIT_CODE[exitCode] ?? 'run it in a shell to see why';
}
