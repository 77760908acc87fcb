import { connect, type Socket } from 'node:net';
import type { Duplex, Readable, Writable } from 'node:stream';
import { escapeCommand } from '../log/escape.js';
import { DaemonProcess, type ProcessOptions } from './daemon-process.js';
import { DaemonStartError } from './errors.js';
import { connectError, startError } from './start-advice.js';

/**
 * Where a daemon is: a command that starts one, a Unix socket on which one listens, or a function that
 * gives a stream to the standard input and output of one with `--stdio`.
 */
export type Daemon =
  | readonly string[]
  | { readonly socketPath: string }
  | { readonly connect: () => Duplex };

export interface LinkOptions extends ProcessOptions {
  readonly transport?: 'socket' | 'stdio' | undefined;
}

/** What keeps the process alive, or not, where a stream has that. */
interface Referable {
  ref?(): unknown;
  unref?(): unknown;
}

/** Streams to and from a daemon, and the process behind them where it is ours. */
export interface Link {
  readonly from: Readable & Referable;
  readonly to: Writable;
  /** What both sides prove to know, if they have to. */
  readonly key?: Buffer;
  readonly process?: DaemonProcess;
}

const KEY_BYTES = 32;
const LINE_END = 0x0a;
const SLASH = '/'.charCodeAt(0);
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
    const socket = await connectTo(daemon.socketPath, false);
    return { from: socket, to: socket };
  }
  if ('connect' in daemon) return streamOf(daemon.connect);
  const process = start(daemon, options);
  begun(process);
  const { transport = daemon.includes('--stdio') ? 'stdio' : 'socket' } = options;
  if (transport === 'stdio') return { from: process.stdout, to: process.stdin, process };
  const { path, key } = await readAddress(process, daemon);
  const socket = await connectTo(path, true);
  return { from: socket, to: socket, key, process };
}

/** @throws DaemonStartError when the caller's function gives none */
function streamOf(open: () => Duplex): Link {
  try {
    const stream: Duplex & Referable = open();
    stream.unref?.();
    return { from: stream, to: stream };
  } catch (error) {
    const { message } = error as Error;
    throw new DaemonStartError(`no stream to the daemon: ${message}`, {}, { cause: error });
  }
}

function start(command: readonly string[], options: LinkOptions): DaemonProcess {
  try {
    return new DaemonProcess(command, options);
  } catch (error) {
    throw startError(command, { error: error as Error });
  }
}

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

function connectTo(path: string, isOurs: boolean): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.unref?.();
    socket.once('connect', () => {
      socket.off('error', failed);
      resolve(socket);
    });
    const failed = (error: NodeJS.ErrnoException) => {
      reject(connectError(path, error, isOurs));
    };
    socket.once('error', failed);
  });
}
