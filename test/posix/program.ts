import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import { type Exit, type Pin, type PosixError, posix, type SpawnImage } from '#src/posix/addon.js';

export const isRoot = process.getuid?.() === 0;

/** A test that only root can make; others see that it was left out. */
export function testAsRoot(title: string, body: () => Promise<void> | void): void {
  if (isRoot) test(title, body);
  else console.log(`SKIP: needs root: ${title}`);
}

/** An image of `file` with this process's own descriptors, changed by `more`. */
export function image(file: string, args: string[], more: Partial<SpawnImage> = {}): SpawnImage {
  return { file, argv: [file, ...args], environment: [], stdio: [0, 1, 2], ...more };
}

/** The word at the index, pinned as something else than a directory unless told otherwise. */
export function pin(index: number, isDirectory = false): Pin {
  return { index, isDirectory };
}

/** Starts the program and waits for it. */
export function run(program: SpawnImage): Promise<Exit> {
  const { pidfd } = posix.spawn(program);
  return new Promise((resolve) => {
    posix.onExit(pidfd, (exit) => {
      closeSync(pidfd);
      resolve(exit);
    });
  });
}

/** What the program writes to its standard output, byte for byte. */
export async function outputOf(program: SpawnImage): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), 'tsrootwrap-output-'));
  const file = join(folder, 'output');
  const output = openSync(file, 'w');
  try {
    await run({ ...program, stdio: program.stdio.map((fd) => (fd === 1 ? output : fd)) });
    return readFileSync(file);
  } finally {
    closeSync(output);
    rmSync(folder, { recursive: true });
  }
}

/** The lines a shell script prints when the addon starts it. */
export async function shell(script: string, more: Partial<SpawnImage> = {}): Promise<string[]> {
  const output = await outputOf(image('/bin/sh', ['-c', script], more));
  return output.toString().split('\n').slice(0, -1);
}

/** A new folder, for its owner alone; removed when this process ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tsrootwrap-test-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** What `call` throws. */
export function thrown(call: () => unknown): PosixError {
  try {
    call();
  } catch (error) {
    return error as PosixError;
  }
  throw new Error('nothing was thrown');
}

/** For a Node that is started by the addon: what this one was told, by a sanitizer's build too. */
export const environmentOfNode = Object.entries(process.env).map((entry) => entry.join('='));

/** The words that run a module in a Node of its own, where `posix` is the addon. */
export function nodeWords(source: string, options: readonly string[] = []): string[] {
  const addon = JSON.stringify(import.meta.resolve('#src/posix/addon.js'));
  const text = `import { posix } from ${addon};\n${source}`;
  return [process.execPath, ...options, '--input-type=module', '-e', text];
}

/**
 * Runs a module in a Node of its own, where `posix` is the addon; waits for it. `before` are words
 * of a program that starts it.
 */
export function inNode(
  source: string,
  input = '',
  before: readonly string[] = [],
  options: readonly string[] = [],
) {
  const [file = '', ...args] = [...before, ...nodeWords(source, options)];
  return spawnSync(file, args, { encoding: 'utf8', input, timeout: 60_000 });
}

/** Script that prints the numbers of the descriptors the shell has. */
export const listDescriptors =
  'i=0; while [ $i -lt 200 ]; do [ -h /proc/self/fd/$i ] && echo $i; i=$((i+1)); done';

/** The numbers of this process's children, zombies too. */
export function children(): string[] {
  return readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      const fields = readFileSync(`/proc/${name}/stat`, 'utf8').split(') ')[1]?.split(' ');
      return fields?.[1] === String(process.pid);
    } catch {
      return false; // it has ended meanwhile
    }
  });
}
