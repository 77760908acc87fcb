import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { ENVIRONMENT } from './programs.js';
import { type Contestant, takeTurns } from './rounds.js';
import { type Comparison, type Section, summarize } from './section.js';
import type { Reply, Request, Way } from './spawning-process.js';

const MEGABYTES = { small: 0, big: 250 } as const;
const WAYS: readonly Way[] = ['addon', 'child_process'];

const COMPARISONS: readonly Comparison[] = [
  { title: 'small process: addon / child_process', of: 'addon, small', to: 'child_process, small' },
  { title: '250 MB process: addon / child_process', of: 'addon, big', to: 'child_process, big' },
  { title: 'addon: 250 MB process / small', of: 'addon, big', to: 'addon, small' },
  { title: 'child_process: 250 MB / small', of: 'child_process, big', to: 'child_process, small' },
];

/** Starting `true` and learning of its end: the addon and child_process.spawn, by memory held. */
export async function spawning(quick: boolean): Promise<Section> {
  const effort = quick ? { warmUp: 5, rounds: 40 } : { warmUp: 20, rounds: 300 };
  const started = Object.entries(MEGABYTES).map(([size, megabytes]) => ({
    size,
    child: fork(join(import.meta.dirname, 'spawning-process.js'), [String(megabytes)], {
      env: ENVIRONMENT,
      execArgv: [],
    }),
  }));
  try {
    const residents: string[] = [];
    for (const { size, child } of started) {
      const { value } = await reply(child); // says so when its memory is in place
      residents.push(`${size} process: ${Math.round(value / 2 ** 20)} MB resident`);
    }
    const contestants = started.flatMap(({ size, child }) =>
      WAYS.map((way): Contestant => {
        return { name: `${way}, ${size}`, measure: () => ask(child, { way }) };
      }),
    );
    const times = await takeTurns(contestants, effort);
    return summarize('Spawning', effort, times, COMPARISONS, { notes: residents });
  } finally {
    for (const { child } of started) child.disconnect();
  }
}

async function ask(child: ChildProcess, request: Request): Promise<number> {
  const answer = reply(child);
  child.send(request);
  return (await answer).value;
}

function reply(child: ChildProcess): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const ended = () => reject(new Error('a process that measures has ended early'));
    child.once('exit', ended);
    child.once('message', (message) => {
      child.off('exit', ended);
      resolve(message as Reply);
    });
  });
}
