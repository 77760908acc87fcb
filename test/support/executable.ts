import { type ChildProcess, type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { nativeFile } from '#src/posix/native-file.js';
import { policyFiles, temporaryDirectory } from './policy-files.js';

export const ROOT = resolve(import.meta.dirname, '../../..');

/** Seconds after which a run is killed: far above any, so that a test fails and does not hang. */
const LONGEST = 60;

/** What scripts/install.sh links to. */
export const LAUNCHER = nativeFile('launcher');

let installed: string | undefined;

/** The path of `tsrootwrap` as install.sh installs it: a link to the launcher, with node beside it. */
export function executable(): string {
  installed ??= linkWithNode(publicDirectory(), LAUNCHER);
  return installed;
}

/** The path of `tsrootwrap` as `npm install --global` installs it: a link to the script. */
export function executableOfNpm(): string {
  const prefix = publicDirectory();
  mkdirSync(join(prefix, 'lib/node_modules'), { recursive: true, mode: 0o755 });
  symlinkSync(ROOT, join(prefix, 'lib/node_modules/tsrootwrap'));
  return linkWithNode(prefix, '../lib/node_modules/tsrootwrap/bin/tsrootwrap');
}

function linkWithNode(prefix: string, target: string): string {
  const directory = join(prefix, 'bin');
  mkdirSync(directory, { mode: 0o755 });
  symlinkSync(process.execPath, join(directory, 'node'));
  symlinkSync(target, join(directory, 'tsrootwrap'));
  return join(directory, 'tsrootwrap');
}

/** An empty directory that every user may enter and read, removed when the process ends. */
export function publicDirectory(): string {
  const directory = temporaryDirectory();
  chmodSync(directory, 0o755);
  return directory;
}

export interface RunOptions {
  readonly cwd?: string;
  /** Instead of a short environment with a safe PATH. */
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Uint8Array;
  readonly stdio?: 'inherit' | 'ignore' | ('ignore' | 'pipe' | 'inherit' | number)[];
  readonly uid?: number;
  readonly gid?: number;
}

export const SAFE_PATH = '/usr/sbin:/usr/bin:/sbin:/bin';
const ENVIRONMENT = { PATH: SAFE_PATH, HOME: '/root', LC_ALL: 'C' };

/** Runs a program to its end, with text for its output. */
export function run(
  file: string,
  args: readonly string[],
  options: RunOptions = {},
): SpawnSyncReturns<string> {
  const { stdio, ...rest } = options;
  const result = spawnSync(file, args, {
    env: ENVIRONMENT,
    encoding: 'utf8',
    timeout: LONGEST * 1000,
    killSignal: 'SIGKILL',
    maxBuffer: 64 * 1024 * 1024,
    ...rest,
    ...(stdio && { stdio: stdio as 'pipe' }),
  });
  if (result.error !== undefined) throw result.error;
  return result;
}

/** Runs `tsrootwrap CONFIG WORD...` to its end. */
export function tsrootwrap(
  config: string,
  words: readonly string[],
  options: RunOptions = {},
): SpawnSyncReturns<string> {
  return run(executable(), [config, ...words], options);
}

/** Runs a line of the shell in which `"$@"` is `tsrootwrap CONFIG WORD...`. */
export function throughShell(
  line: string,
  config: string,
  words: readonly string[],
  options: RunOptions = {},
): SpawnSyncReturns<string> {
  return run('/bin/sh', ['-c', line, 'sh', executable(), config, ...words], options);
}

const started: ChildProcess[] = [];

process.on('exit', () => {
  for (const child of started) child.kill('SIGKILL');
});

export interface Running {
  readonly child: ChildProcess;
  readonly pid: number;
  /** The next piece of its standard output. */
  output(): Promise<string>;
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

/** Starts a program and leaves it running; it is killed when this process ends. */
export function start(file: string, args: readonly string[], options: RunOptions = {}): Running {
  const child = spawn(file, args, {
    env: ENVIRONMENT,
    stdio: ['pipe', 'pipe', 'inherit'],
    cwd: options.cwd,
    uid: options.uid,
    gid: options.gid,
    ...(options.env && { env: options.env }),
  });
  started.push(child);
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  const output = () =>
    new Promise<string>((resolve, reject) => {
      child.stdout?.once('data', (data) => resolve(String(data)));
      child.stdout?.once('end', () => reject(new Error('its output ended')));
    });
  if (child.pid === undefined) throw new Error(`${file} did not start`);
  return { child, pid: child.pid, output, ended };
}

/** The configuration of `policyFiles` in a directory that every user may enter. */
export function publicPolicy(filters: string, settings?: string): ReturnType<typeof policyFiles> {
  const files = policyFiles(filters, settings);
  chmodSync(files.directory, 0o755);
  return files;
}
