import { RootwrapClient } from '#src/index.js';
import { type Contestant, takeTurns, timed } from '../rounds.js';
import { type Comparison, type Figure, type Section, summarize } from '../section.js';
import { median } from '../statistics.js';
import type { Daemon } from './daemons.js';
import { runByAddon } from './direct.js';
import { OsloConnection } from './oslo-connection.js';
import { PythonClient } from './python.js';
import { Stage } from './stage.js';

const CALLERS = [1, 4, 16, 64] as const;
/** For the comparisons that are made with one number of callers. */
const SOME = 16;
/** With so many the daemon always has a command to start, and waiting for one another costs nothing. */
const MANY = 64;
/** Calls of all callers together: each takes its share. */
const CALLS = 128;
const WORDS = ['true'];
const PROGRAM = ['/bin/true'] as const;

const COMPARISONS: readonly Comparison[] = [
  ...CALLERS.map((callers): Comparison => {
    return {
      title: `${callers} callers: same wire, ours / oslo's`,
      of: `wire to ours, ${callers}`,
      to: `wire to oslo's, ${callers}`,
      ...(callers === SOME && { goal: 1 / 4 }),
    };
  }),
  ...CALLERS.map((callers): Comparison => {
    return {
      title: `${callers} callers: client / addon`,
      of: `client, ${callers}`,
      to: `addon, ${callers}`,
      ...(callers === MANY && { goal: 1.1 }),
    };
  }),
  {
    title: `client, ${SOME} callers / oslo client, ${SOME} threads`,
    of: `client, ${SOME}`,
    to: `oslo client to oslo's, ${SOME}`,
  },
  {
    title: `client, ${SOME} callers / ${SOME} threads that share an oslo client`,
    of: `client, ${SOME}`,
    to: `shared oslo client to oslo's, ${SOME}`,
  },
];

/** Many callers at once: what a call's share of the time is. */
export async function callers(quick: boolean): Promise<Section> {
  const effort = quick ? { warmUp: 2, rounds: 8 } : { warmUp: 5, rounds: 40 };
  await using stage = new Stage();
  const contestants: Contestant[] = [];
  for (const count of CALLERS) {
    // Of their own, since each connection is a thread of oslo's daemon, and makes its fork take longer.
    const ours = await stage.ours();
    const oslos = await stage.oslos();
    const client = ours && stage.use(new RootwrapClient(ours.command));
    const add = (who: string, callers: readonly Caller[]) =>
      contestants.push({ name: `${who}, ${count}`, measure: () => share(callers) });
    if (client)
      add(
        'client',
        Array(count).fill(() => client.execute(WORDS)),
      );
    add(
      'addon',
      Array(count).fill(() => runByAddon(PROGRAM)),
    );
    if (ours) add('wire to ours', await connections(ours, count, stage));
    if (oslos) add("wire to oslo's", await connections(oslos, count, stage));
  }
  const ours = await stage.ours();
  const oslos = await stage.oslos();
  if (ours && oslos) {
    contestants.push(threads('oslo client to ours', ours, stage, false));
    contestants.push(threads("oslo client to oslo's", oslos, stage, false));
    contestants.push(threads("shared oslo client to oslo's", oslos, stage, true));
  }
  const times = await takeTurns(contestants, effort);
  const figures = [...times].map(([name, sample]): Figure => {
    return { name, value: 1e9 / median(sample), unit: 'calls/s' };
  });
  const notes = [
    `each time is a call's share of ${CALLS} calls of true, made by so many callers at once`,
    "same wire: oslo's dialect, a connection for each caller, by the same program to both daemons",
    'client: all callers on the one connection of a RootwrapClient; addon: without any daemon',
    'oslo client: a process of Python, a client for each thread unless they share one',
    'a goal of 0.25 is four times as many calls a second',
  ];
  const { skips } = stage;
  return summarize('Daemon: callers at once', effort, times, COMPARISONS, {
    figures,
    skips,
    notes,
  });
}

type Caller = () => Promise<unknown>;

async function share(callers: readonly Caller[]): Promise<number> {
  const each = CALLS / callers.length;
  const work = async (call: Caller) => {
    for (let i = 0; i < each; i++) await call();
  };
  return (await timed(() => Promise.all(callers.map(work)))) / CALLS;
}

async function connections(daemon: Daemon, count: number, stage: Stage): Promise<Caller[]> {
  const callers: Caller[] = [];
  for (let i = 0; i < count; i++) {
    const connection = await OsloConnection.open(daemon);
    stage.use({ stop: async () => connection.close() });
    callers.push(() => connection.run(WORDS));
  }
  return callers;
}

function threads(who: string, daemon: Daemon, stage: Stage, shared: boolean): Contestant {
  const python = stage.use(new PythonClient(daemon));
  return {
    name: `${who}, ${SOME}`,
    measure: async () => {
      const [all = Number.NaN] = await python.run({
        argv: WORDS,
        calls: CALLS,
        threads: SOME,
        shared,
      });
      return all / CALLS;
    },
  };
}
