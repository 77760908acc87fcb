// Run by spawning.ts, holding as many megabytes as its argument says: starts `true` when asked.
import { spawn } from 'node:child_process';
import { ENVIRONMENT, run } from './programs.js';
import { timed } from './rounds.js';

export type Way = 'addon' | 'child_process';

export interface Request {
  readonly way: Way;
}

export interface Reply {
  /** Nanoseconds; in the first message, before any request, resident bytes. */
  readonly value: number;
}

const PROGRAM = '/bin/true';
const MEGABYTE = 2 ** 20;

const held = hold(Number(process.argv[2]));

process.on('message', async ({ way }: Request) => {
  const work = way === 'addon' ? byAddon : byChildProcess;
  answer(await timed(work));
});
process.on('disconnect', () => held.splice(0));
answer(process.memoryUsage.rss());

/** Half of it as buffers and half as small objects, every page of it written to. */
function hold(megabytes: number): unknown[] {
  const buffers = Array.from({ length: megabytes / 2 }, () => Buffer.alloc(MEGABYTE, 1));
  const arrays = Array.from({ length: megabytes / 2 }, (_, i) =>
    Array.from({ length: MEGABYTE / 64 }, (_, k) => ({ i, k, next: i + k })),
  );
  return [...buffers, ...arrays];
}

function byAddon(): Promise<unknown> {
  return run([PROGRAM]);
}

function byChildProcess(): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const child = spawn(PROGRAM, [], { stdio: 'ignore', env: ENVIRONMENT });
    child.once('exit', resolve).once('error', reject);
  });
}

function answer(value: number): void {
  process.send?.({ value } satisfies Reply);
}
