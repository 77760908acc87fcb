import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

const started: ChildProcess[] = [];

process.on('exit', () => {
  for (const victim of started) victim.kill('SIGKILL');
});

/** A copy of sleep(1): a program of one's own to run, delete and replace. */
export function copyOfSleep(path: string): string {
  copyFileSync('/bin/sleep', path);
  return path;
}

export interface Victim {
  readonly pid: number;
  /** Waits for its end: the name of the signal that ended it, null when it was none. */
  readonly ended: () => Promise<NodeJS.Signals | null>;
}

/** Starts the program with `1000` as its argument; it is killed when this process ends. */
export async function victim(file: string, argv0 = file): Promise<Victim> {
  const child = spawn(file, ['1000'], { argv0, stdio: 'ignore' });
  started.push(child);
  const ended = new Promise<NodeJS.Signals | null>((resolve) => {
    child.once('exit', (_code, signal) => resolve(signal));
  });
  await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject));
  if (child.pid === undefined) throw new Error(`${file} did not start`);
  // execve closes the descriptor that tells of its success before the kernel has the command line
  while (readFileSync(`/proc/${child.pid}/cmdline`).length === 0) await wait(1);
  child.unref();
  return {
    pid: child.pid,
    ended: () => {
      child.ref();
      return ended;
    },
  };
}
