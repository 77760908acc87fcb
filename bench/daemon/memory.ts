import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { RootwrapClient } from '#src/index.js';
import { type Figure, type Section, summarize } from '../section.js';
import type { Daemon } from './daemons.js';
import { Stage } from './stage.js';

const CALLERS = 16;
const PARTS = 5;
/** Milliseconds in which a daemon that has nothing to do comes to rest. */
const REST = 1000;

/** What the daemon holds in memory before it has done anything, and as it goes on. */
export async function memory(quick: boolean): Promise<Section> {
  const calls = quick ? 10_000 : 100_000;
  await using stage = new Stage();
  const figures: Figure[] = [];
  const oslos = await stage.oslos();
  if (oslos) figures.push(megabytes("oslo's daemon, idle", await atRest(oslos)));
  const ours = await stage.ours();
  if (ours) {
    const idle = await atRest(ours);
    figures.push(megabytes('idle', idle));
    const client = stage.use(new RootwrapClient(ours.command));
    const after: number[] = [];
    for (let part = 1; part <= PARTS; part++) {
      await callsOf(client, calls / PARTS);
      const resident = await atRest(ours);
      after.push(resident);
      figures.push(megabytes(`after ${(part * calls) / PARTS} calls`, resident));
    }
    const last = after.at(-1) ?? Number.NaN;
    figures.push({ name: `after ${calls} calls / idle`, value: last / idle, unit: '' });
    const first = after[0] ?? Number.NaN;
    figures.push({
      name: `after ${calls} / after ${calls / PARTS}`,
      value: last / first,
      unit: '',
    });
  }
  const notes = [
    `resident memory; calls of true by ${CALLERS} callers on one connection`,
    `a second after the last call of each part`,
  ];
  const { skips } = stage;
  return summarize('Daemon: memory', { warmUp: 0, rounds: 1 }, new Map(), [], {
    figures,
    skips,
    notes,
  });
}

async function callsOf(client: RootwrapClient, count: number): Promise<void> {
  const caller = async () => {
    for (let i = 0; i < count / CALLERS; i++) await client.execute(['true']);
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
}

/** Resident bytes. */
async function atRest({ pid }: Daemon): Promise<number> {
  await delay(REST);
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

function megabytes(name: string, bytes: number): Figure {
  return { name, value: bytes / 2 ** 20, unit: 'MB' };
}
