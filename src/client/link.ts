import { connect, type Socket } from 'node:net';
import { escapeCommand } from '../log/escape.js';
import { DaemonProcess, type ProcessEnd, type ProcessOptions } from './daemon-process.js';
import { DaemonStartError } from './errors.js';
import { escapeLines } from './escape-lines.js';

/** Where a daemon is: a command that starts one, or a Unix socket on which one listens. */
export type Daemon = readonly string[] | { readonly socketPath: string };

export interface LinkOptions extends ProcessOptions {
  readonly transport?: 'socket' | 'stdio';
}

/** Streams to and from a daemon, and the process behind them where it is ours. */
export interface Link {
  readonly from: Socket;
  readonly to: Socket;
  /** What both sides prove to know, if they have to. */
  readonly key?: Buffer;
  readonly process?: DaemonProcess;
}

const KEY_BYTES = 32;
const LINE_END = 0x0a;
/** Bytes; a longer path than any socket's, and what is shown of something else. */
const LONGEST_LINE = 4096;
/** Milliseconds in which a daemon ends that has closed its output. */
const TIME_TO_END = 1000;

/**
 * Starts the daemon, or finds it.
 *
 * @param begun told of the process as soon as there is one, for whoever loses patience; the process
 * is left to them as well when this fails
 * @throws DaemonStartError
 */
export async function openLink(
  daemon: Daemon,
  options: LinkOptions,
  begun: (process: DaemonProcess) => void,
): Promise<Link> {
  if ('socketPath' in daemon) {
    const socket = await connectTo(daemon.socketPath);
    return { from: socket, to: socket };
  }
  const process = start(daemon, options);
  begun(process);
  const { transport = daemon.includes('--stdio') ? 'stdio' : 'socket' } = options;
  if (transport === 'stdio') return { from: process.stdout, to: process.stdin, process };
  const { path, key } = await readAddress(process, daemon);
  const socket = await connectTo(path);
  return { from: socket, to: socket, key, process };
}

function start(command: readonly string[], options: LinkOptions): DaemonProcess {
  try {
    return new DaemonProcess(command, options);
  } catch (error) {
    throw startError(command, { error: error as Error });
  }
}

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
  const advice = ADVICE.find(([applies]) => applies(end))?.[1] ?? 'run it in a shell to see why';
  return new DaemonStartError(
    `the daemon did not start: ${line} ${how}${said === '' ? '' : `:\n${said}\n`}; ${advice}`.replace(
      '\n; ',
      '\n',
    ),
    end,
  );
}

/** It was there, and closed the connection, or its output, without a word. */
export function turnedAway(command: readonly string[], end: ProcessEnd): DaemonStartError {
  const message = `the daemon turns this client away: ${escapeCommand(command)} has closed the connection; its log says why`;
  return new DaemonStartError(message, end);
}

const SPAWN_ADVICE: Readonly<Record<string, string>> = {
  EMFILE: 'close some, or raise the limit of open files (`ulimit -n`)',
  ENFILE: 'the system has no more of them: close some, or raise fs.file-max',
  EACCES: 'see that this user may execute it',
  EAGAIN: 'try again later, or raise the limit of processes (`ulimit -u`)',
};

const ADVICE: readonly (readonly [(end: ProcessEnd) => boolean, string])[] = [
  [({ exitCode }) => exitCode === 97, 'correct the configuration, see above'],
  [
    ({ stderr = '' }) => /^sudo: /m.test(stderr),
    'add a NOPASSWD rule for exactly this command to sudoers and call it by `sudo -n`',
  ],
  [({ exitCode }) => exitCode === 255, 'if it is ssh: see that it logs in without a question'],
  [({ exitCode }) => exitCode === 127 || exitCode === 126, 'install it or give its full path'],
];

/** The path of the socket and the key, which the daemon writes when it listens. */
function readAddress(
  process: DaemonProcess,
  command: readonly string[],
): Promise<{ path: string; key: Buffer }> {
  const { stdout } = process;
  return new Promise((resolve, reject) => {
    let bytes = Buffer.alloc(0);
    const fail = (error: DaemonStartError) => reject(error);
    const take = (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      const end = bytes.indexOf(LINE_END);
      if (bytes.length > 0 && bytes[0] !== SLASH) return fail(noAddress(command, bytes));
      if (end === -1 && bytes.length > LONGEST_LINE) return fail(noAddress(command, bytes));
      if (end === -1 || bytes.length < end + 1 + KEY_BYTES) return;
      stdout.off('data', take);
      stdout.off('end', ended); // a daemon closes it when it has said this
      stdout.resume();
      const key = bytes.subarray(end + 1, end + 1 + KEY_BYTES);
      resolve({ path: bytes.toString('utf8', 0, end), key });
    };
    const ended = async () => fail(startError(command, await process.lastWords(TIME_TO_END)));
    stdout.on('data', take);
    stdout.once('end', ended);
    void process.ended.then((end) => end.error && fail(startError(command, end)));
  });
}

const SLASH = '/'.charCodeAt(0);

function noAddress(command: readonly string[], bytes: Buffer): DaemonStartError {
  const shown = beginning(bytes);
  return new DaemonStartError(
    `${escapeCommand(command)} does not begin with the path of a socket but with ${shown}: ` +
      "if it is a daemon with --stdio, set `transport: 'stdio'`; else see what writes that",
  );
}

/** The first of what arrived instead of something else, for a message. */
export function beginning(bytes: Buffer): string {
  return escapeCommand([bytes.toString('latin1', 0, 100)]);
}

function connectTo(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.unref();
    socket.once('connect', () => {
      socket.off('error', failed);
      resolve(socket);
    });
    const failed = (error: NodeJS.ErrnoException) => {
      const advice = CONNECT_ADVICE[error.code ?? ''] ?? 'see that a daemon listens there';
      const message = `no daemon at ${escapeCommand([path])} (${error.code ?? error.message}): ${advice}`;
      reject(new DaemonStartError(message, {}, { cause: error }));
    };
    socket.once('error', failed);
  });
}

const CONNECT_ADVICE: Readonly<Record<string, string>> = {
  EMFILE: 'too many open files: close some, or raise their limit (`ulimit -n`)',
  ENOENT: 'start its systemd socket unit, or correct the path',
  ECONNREFUSED: 'the socket is left over from a daemon that is gone: start it again',
  EACCES: 'the socket is for another user or group: see SocketUser and SocketGroup of its unit',
};
