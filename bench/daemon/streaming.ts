import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { RootwrapClient } from '#src/index.js';
import { ENVIRONMENT, runWell } from '../programs.js';
import { type Contestant, takeTurns, timed } from '../rounds.js';
import { type Comparison, type Figure, type Section, summarize } from '../section.js';
import { median } from '../statistics.js';
import { Stage } from './stage.js';

const BYTES = 100_000_000;
const WORDS = ['head', '-c', `${BYTES}`, '/dev/zero'];
const MEGABYTE = 1e6;

const COMPARISONS: readonly Comparison[] = [
  { title: 'client / child_process', of: 'client', to: 'child_process' },
  { title: 'client / cat | cat', of: 'client', to: 'cat | cat' },
];

/** Much output of one command, read as a stream. */
export async function streaming(quick: boolean): Promise<Section> {
  const effort = quick ? { warmUp: 1, rounds: 7 } : { warmUp: 3, rounds: 25 };
  await using stage = new Stage();
  const ours = await stage.ours();
  const client = ours && stage.use(new RootwrapClient(ours.command));
  const contestants: Contestant[] = [
    { name: 'child_process', measure: () => timed(byChildProcess) },
    {
      name: 'cat | cat',
      measure: () => timed(() => runWell(['/bin/sh', '-c', `${WORDS.join(' ')} | cat | cat`])),
    },
  ];
  if (client) contestants.unshift({ name: 'client', measure: () => timed(() => byClient(client)) });
  const times = await takeTurns(contestants, effort);
  const figures = [...times].map(([name, sample]): Figure => {
    return { name, value: BYTES / MEGABYTE / (median(sample) / 1e9), unit: 'MB/s' };
  });
  const notes = [`${BYTES / MEGABYTE} MB of ${WORDS.join(' ')}, from start to end`];
  const { skips } = stage;
  return summarize('Daemon: streaming', effort, times, COMPARISONS, { figures, skips, notes });
}

async function byClient(client: RootwrapClient): Promise<void> {
  const running = client.start(WORDS);
  await readAll(running.stdout);
  await running.result;
}

async function byChildProcess(): Promise<void> {
  const [file = '', ...args] = WORDS;
  const child = spawn(file, args, { env: ENVIRONMENT, stdio: ['ignore', 'pipe', 'inherit'] });
  await Promise.all([readAll(child.stdout), once(child, 'close')]);
}

async function readAll(output: Readable): Promise<void> {
  let bytes = 0;
  output.on('data', (piece: Buffer) => {
    bytes += piece.length;
  });
  await once(output, 'end');
  if (bytes !== BYTES) throw new Error(`${bytes} bytes instead of ${BYTES}`);
}
