import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Argv, runByAddon, runByChildProcess } from './daemon/direct.js';
import { temporaryDirectory, writePolicy } from './policy-files.js';
import { run, runWell } from './programs.js';
import { type Contestant, takeTurns, timed } from './rounds.js';
import { type Comparison, type Section, summarize } from './section.js';

const BIN = join(import.meta.dirname, '../../bin');
const COMMANDS = 1000;
/** One after the other they take most of the time of a round. */
const ONE_SHOTS = 20;
const FILTERS = 36;
const TRUE: Argv = ['/bin/true'];

const COMPARISONS: readonly Comparison[] = [
  { title: `batch of ${COMMANDS} / child_process`, of: 'batch', to: 'child_process', goal: 1.25 },
  { title: 'batch / addon', of: 'batch', to: 'addon', goal: 2.5 },
  { title: 'batch / addon, no pipes', of: 'batch', to: 'addon, no pipes' },
  { title: 'batch --json / addon', of: 'batch, JSON', to: 'addon' },
  { title: 'batch --jobs 4 / addon', of: 'batch, 4 jobs', to: 'addon' },
  { title: 'batch / tsrootwrap each', of: 'batch', to: 'tsrootwrap', goal: 0.1 },
  { title: 'batch of nothing / addon', of: 'batch of nothing', to: 'addon' },
];

/** Many commands by one batch, from its start to its end, and by what it is instead of. */
export async function batch(quick: boolean): Promise<Section> {
  const effort = quick ? { warmUp: 1, rounds: 5 } : { warmUp: 2, rounds: 20 };
  const config = writePolicy(FILTERS, ['true: CommandFilter, true, root']);
  const directory = temporaryDirectory();
  const commands = join(directory, 'commands');
  writeFileSync(commands, 'true\n'.repeat(COMMANDS));
  const nothing = join(directory, 'nothing');
  writeFileSync(nothing, '');
  const ctl = (file: string, ...options: string[]) => {
    const argv: Argv = [process.execPath, join(BIN, 'tsrootwrapctl'), 'batch', config, file];
    return () => timed(() => runWell([...argv, ...options]));
  };
  const oneShot: Argv = [process.execPath, join(BIN, 'tsrootwrap'), config, 'true'];
  const contestants: Contestant[] = [
    { name: 'batch', measure: ctl(commands) },
    { name: 'batch, JSON', measure: ctl(commands, '--json') },
    { name: 'batch, 4 jobs', measure: ctl(commands, '--jobs', '4') },
    { name: 'batch of nothing', measure: ctl(nothing) },
    { name: 'addon', measure: inARow(COMMANDS, () => runByAddon(TRUE)) },
    { name: 'child_process', measure: inARow(COMMANDS, () => runByChildProcess(TRUE)) },
    { name: 'addon, no pipes', measure: inARow(COMMANDS, () => run(TRUE)) },
    { name: 'tsrootwrap', measure: inARow(ONE_SHOTS, () => runWell(oneShot)) },
  ];
  const notes = [
    `addon, child_process: ${COMMANDS} times true from one process, one after the other, output collected`,
    `tsrootwrap: ${ONE_SHOTS} calls without the launcher, times ${COMMANDS / ONE_SHOTS}`,
    `a batch is two whole processes, its own and its daemon's; ${FILTERS} filters`,
  ];
  return summarize('Batch', effort, await takeTurns(contestants, effort), COMPARISONS, { notes });
}

/** Nanoseconds that `COMMANDS` of these take, measured by fewer. */
function inARow(count: number, work: () => Promise<unknown>): () => Promise<number> {
  return async () => {
    const took = await timed(async () => {
      for (let i = 0; i < count; i++) await work();
    });
    return (took * COMMANDS) / count;
  };
}
