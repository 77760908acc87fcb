import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { closeSync, constants, openSync, rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { ObjectClient } from './clients.js';
import { daemonExecutable } from './daemon.js';
import { SAFE_PATH } from './executable.js';
import { patiently } from './patience.js';
import { temporaryDirectory } from './policy-files.js';
import { childrenOf } from './proc.js';
import { RawConnection } from './raw-connection.js';

const started: ChildProcess[] = [];

process.on('exit', () => {
  for (const { pid = 0, exitCode, signalCode } of started) {
    if (exitCode === null && signalCode === null) killTree(pid);
  }
});

function killTree(pid: number): void {
  const children = childrenOf(pid);
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // gone
  }
  for (const child of children) killTree(child.pid);
}

/** Node's `pipe` is a pair of sockets. */
type Stdio = 'pipe' | 'ignore' | 'inherit' | number | Socket;

export interface StartOptions {
  readonly stdio?: readonly [Stdio, Stdio, Stdio];
  readonly env?: Readonly<Record<string, string>>;
  /** Words before the daemon's own, such as those of sudo. */
  readonly prefix?: readonly string[];
  readonly uid?: number;
  readonly gid?: number;
}

export interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Started {
  readonly child: ChildProcess;
  readonly pid: number;
  /** Asked for when it should come; rejects when it does not. */
  readonly ended: Promise<End>;
  readonly hasEnded: () => boolean;
}

/** Starts `tsrootwrap-daemon ARG...` on any streams; killed with what it runs when this process ends. */
export function startDaemon(args: readonly string[], options: StartOptions = {}): Started {
  const { stdio = ['pipe', 'pipe', 'inherit'], prefix = [], env, ...who } = options;
  return startProgram([...prefix, daemonExecutable(), ...args], { stdio, env, ...who });
}

/** The same for any program that leads to a daemon. */
export function startProgram(
  [file = '', ...args]: readonly string[],
  {
    stdio,
    env,
    ...who
  }: Omit<StartOptions, 'prefix' | 'env'> & { env?: StartOptions['env'] | undefined },
): Started {
  const child = spawn(file, args, {
    env: { PATH: SAFE_PATH, HOME: '/root', LC_ALL: 'C', ...env },
    cwd: '/',
    stdio: [...(stdio ?? [])],
    ...who,
  });
  started.push(child);
  if (child.pid === undefined) throw new Error(`${file} did not start`);
  const ended = new Promise<End>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  return {
    child,
    pid: child.pid,
    hasEnded,
    get ended() {
      return patiently(`the end of ${file}`, ended);
    },
  };
}

const KEY_BYTES = 32;

export interface Announced {
  /** Of the socket. */
  readonly path: string;
  readonly key: Buffer;
}

/** What a daemon says when it listens. */
export async function announcement(from: Readable): Promise<Announced> {
  let said: Buffer = Buffer.alloc(0);
  for await (const bytes of from.iterator({ destroyOnReturn: false })) {
    said = Buffer.concat([said, bytes as Buffer]);
    const end = said.indexOf('\n') + 1;
    if (end > 0 && said.length >= end + KEY_BYTES) {
      return { path: said.toString('utf8', 0, end - 1), key: said.subarray(end) };
    }
  }
  throw new Error(`it said only "${said}"`);
}

/** A client of tsrootwrap's own dialect, behind its greeting. */
export async function clientOf({ path, key }: Announced): Promise<ObjectClient> {
  return ObjectClient.greet(await (await RawConnection.open(path)).authenticate(key));
}

/** The two ends of a real pipe, of which Node makes none. Close both. */
export function pipe(): { readonly reader: number; readonly writer: number } {
  const path = join(temporaryDirectory(), 'pipe');
  const { status, stderr } = spawnSync('mkfifo', [path], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  const both = openSync(path, 'r+'); // opening one end alone would wait for the other
  const reader = openSync(path, constants.O_RDONLY);
  const writer = openSync(path, constants.O_WRONLY);
  closeSync(both);
  rmSync(path);
  return { reader, writer };
}
