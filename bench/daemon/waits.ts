import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Figure, Section } from '../section.js';
import { quantile } from '../statistics.js';
import type { Daemon } from './daemons.js';
import { ATTACKS, osloWire } from './hostile.js';
import { Stage } from './stage.js';

/** Milliseconds between two questions. */
const PAUSE_MS = 3;
/** Milliseconds for which there are questions where the attack is over sooner. */
const LEAST_MS = 1000;

const TITLE = 'Daemon: waits beside hostile clients';

/**
 * How long the cheapest question of one client waits for its answer while another client, in a process
 * of its own, does its worst.
 */
export async function waits(quick: boolean): Promise<Section> {
  await using stage = new Stage();
  const figures: Figure[] = [];
  const rounds = quick ? 1 : 3;
  const daemon = await stage.ours();
  for (const name of daemon === undefined ? [] : Object.keys(ATTACKS)) {
    const took: number[] = [];
    for (let round = 0; round < rounds; round++)
      took.push(...(await beside(name, daemon as Daemon)));
    for (const [what, value] of [
      ['longest', Math.max(...took)],
      ['99th percentile', quantile(took, 0.99)],
    ] as const) {
      figures.push({ name: `beside ${name}: ${what}`, value: Math.round(value), unit: 'ms' });
    }
  }
  const notes = [
    'a question that starts nothing, every few milliseconds; "nothing" is what this machine adds',
    'the goal: at most 50 ms more than beside nothing, on a machine that does nothing else',
  ];
  const ratios: Section['ratios'] = [];
  return { title: TITLE, rounds, ratios, timings: [], figures, skips: stage.skips, notes };
}

/** Milliseconds of each question. */
async function beside(attack: string, { path, key }: Daemon): Promise<number[]> {
  const wire = await osloWire({ path, key });
  const args = [attack, path, Buffer.from(key).toString('hex')];
  const child = fork(join(import.meta.dirname, 'hostile-process.js'), args, { execArgv: [] });
  let isOver = false;
  const ended = Promise.all([once(child, 'exit'), sleep(LEAST_MS)]).then(([[code]]) => {
    isOver = true;
    if (code !== 0) throw new Error(`the hostile client "${attack}" ended with ${code}`);
  });
  const took: number[] = [];
  while (!isOver) {
    const began = performance.now();
    await wire.ask('["no such object","x",[],{}]');
    took.push(performance.now() - began);
    await sleep(PAUSE_MS);
  }
  await ended;
  wire.socket.destroy();
  return took;
}
