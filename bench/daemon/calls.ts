import { RootwrapClient } from '#src/index.js';
import { problemWith, run } from '../programs.js';
import { type Contestant, takeTurns, timedEach, UNCOUNTED } from '../rounds.js';
import { type Comparison, type Section, summarize } from '../section.js';
import { type Argv, runByAddon, runByChildProcess } from './direct.js';
import { PythonClient } from './python.js';
import { Stage } from './stage.js';

/** By name: what a client asks for, and the program that it means. */
const COMMANDS = { true: ['/bin/true'], 'ip a': ['/sbin/ip', 'a'] } as const;

const IN_A_ROW = 5;

/** Calls before the first round, by which V8 has compiled what a daemon runs all its life. */
const WARM = 2000;

/** One call after another, by a client of the daemon and by what it is compared with. */
export async function calls(quick: boolean): Promise<Section> {
  const effort = quick ? { warmUp: 20, rounds: 40 } : { warmUp: 50, rounds: 250 };
  await using stage = new Stage();
  const ours = await stage.ours();
  const oslos = await stage.oslos();
  const client = ours && stage.use(new RootwrapClient(ours.command));
  const toOurs = ours && oslos && stage.use(new PythonClient(ours));
  const toOslos = oslos && stage.use(new PythonClient(oslos));
  const contestants: Contestant[] = [];
  for (const [name, program] of Object.entries(COMMANDS) as [string, Argv][]) {
    const problem = await problemWith(program);
    if (problem !== undefined) {
      stage.skip(name, problem);
      continue;
    }
    const words = name.split(' ');
    const add = (who: string, work: () => Promise<unknown>) =>
      contestants.push({ name: `${name}: ${who}`, measure: () => timedEach(IN_A_ROW, work) });
    const addPython = (who: string, python: PythonClient) =>
      contestants.push({
        name: `${name}: ${who}`,
        measure: async () =>
          (await python.run({ argv: words, calls: UNCOUNTED + IN_A_ROW })).slice(UNCOUNTED),
      });
    if (client) add('client', () => client.execute(words));
    add('addon', () => runByAddon(program));
    add('addon, no pipes', () => run(program));
    add('child_process', () => runByChildProcess(program));
    if (toOurs) addPython('oslo client to ours', toOurs);
    if (toOslos) addPython('oslo client to oslo', toOslos);
    if (await stage.hasSudo()) add('sudo', () => run(['/usr/bin/sudo', '-n', ...program]));
  }
  const warm = [runByAddon, runByChildProcess, () => client?.execute(['true'])];
  for (const call of warm) for (let i = 0; i < WARM; i++) await call(COMMANDS.true);
  const times = await takeTurns(contestants, effort);
  const notes = [
    `before the rounds ${WARM} calls of true by client, addon and child_process each`,
    'addon and child_process start the program in the process of the client, and collect its output',
    'no pipes: output goes nowhere, by spawn and onExit',
    'oslo client: Python, and like oslo without eventlet',
    `in each round ${UNCOUNTED} and then ${IN_A_ROW} calls in a row of each, of which the latter count`,
  ];
  return summarize('Daemon: a call', effort, times, comparisons(), { skips: stage.skips, notes });
}

function comparisons(): Comparison[] {
  return Object.keys(COMMANDS).flatMap((name) => {
    // What the command itself takes is on both sides, and with one that does something it is most.
    const bare = (goal: number) => (name === 'true' ? goal : undefined);
    const pair = (of: string, to: string, goal?: number): Comparison => {
      return {
        title: `${name}: ${of} / ${to}`,
        of: `${name}: ${of}`,
        to: `${name}: ${to}`,
        ...(goal !== undefined && { goal }),
      };
    };
    return [
      pair('client', 'addon', 1.3),
      pair('client', 'child_process', bare(0.6)),
      pair('client', 'oslo client to oslo', bare(0.3)),
      pair('oslo client to ours', 'oslo client to oslo', bare(0.5)),
      pair('client', 'sudo'),
      pair('addon', 'addon, no pipes'),
    ];
  });
}
