import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { useHelpers } from '#src/privileged/testing.js';
import { OsloConnection } from '../daemon/oslo-connection.js';
import { Stage } from '../daemon/stage.js';
import { PythonProcess } from '../python.js';
import { type Contestant, takeTurns, timed, timedEach, UNCOUNTED } from '../rounds.js';
import { type Comparison, type Section, summarize } from '../section.js';
import { acceptRedirectsPrivileged, nothingPrivileged, slowPrivileged } from './modules/sysctl.js';

const IN_A_ROW = 20;
/** Calls before the first round, by which V8 has compiled what both sides run all their lives. */
const WARM = 5000;
/** Calls at once, and how long each of them takes by itself. */
const AT_ONCE = 64;
const MILLISECONDS = 20;

const DEVICE = 'lo';
const SYSCTL = `net.ipv4.conf.${DEVICE}.accept_redirects`;

const COMPARISONS: readonly Comparison[] = [
  { title: 'round trip / oslo.privsep', of: 'function', to: 'oslo.privsep', goal: 0.8 },
  {
    title: "sysctl by a function / by oslo's rootwrap daemon",
    of: 'sysctl: function',
    to: "sysctl: oslo's rootwrap daemon",
    goal: 1 / 20,
  },
  {
    title: 'sysctl by a function / by oslo.privsep',
    of: 'sysctl: function',
    to: 'sysctl: oslo.privsep',
  },
  { title: `${AT_ONCE} slow calls at once / one`, of: 'slow, at once', to: 'slow, one' },
];

/** Calls of privileged functions, by a helper that runs as it does in service. */
export async function functions(quick: boolean): Promise<Section> {
  const effort = quick ? { warmUp: 5, rounds: 30 } : { warmUp: 20, rounds: 150 };
  await using stage = new Stage();
  const contestants: Contestant[] = [];
  const add = (name: string, work: () => Promise<unknown>) =>
    contestants.push({ name, measure: () => timedEach(IN_A_ROW, work) });
  if (await hasHelper(stage)) {
    // What is there is written once more, so that nothing changes.
    const value = currentValue();
    const nothing = () => nothingPrivileged({ bridge: 'br0' });
    const write = () => acceptRedirectsPrivileged({ device: DEVICE, value });
    for (const call of [nothing, write]) for (let i = 0; i < WARM; i++) await call();
    add('function', nothing);
    add('sysctl: function', write);
    const slow = () => slowPrivileged({ milliseconds: MILLISECONDS });
    contestants.push({ name: 'slow, one', measure: () => timed(slow) });
    contestants.push({
      name: 'slow, at once',
      measure: () => timed(() => Promise.all(Array.from({ length: AT_ONCE }, slow))),
    });
    await addPrivsep(contestants, stage, value);
    await addDaemon(add, stage, value);
  }
  const times = await takeTurns(contestants, effort);
  const notes = [
    'function: a call of a function that does nothing, with one argument that is checked by a pattern',
    "oslo.privsep: the same, by its fork method; Python's own clock, and without checks",
    `sysctl: writes ${SYSCTL}; by the daemon with sysctl -w, over one connection`,
    `slow: each takes ${MILLISECONDS} ms in the helper; ${AT_ONCE} at once would take ${AT_ONCE} times that in turn`,
    `in each round ${UNCOUNTED} and then ${IN_A_ROW} calls in a row of each, of which the latter count`,
  ];
  return summarize('Privileged functions', effort, times, COMPARISONS, {
    skips: stage.skips,
    notes,
  });
}

async function hasHelper(stage: Stage): Promise<boolean> {
  try {
    stage.use(await useHelpers({ modules: join(import.meta.dirname, 'modules') }));
    await nothingPrivileged({ bridge: 'br0' });
    return true;
  } catch (error) {
    stage.skip('privileged functions', (error as Error).message);
    return false;
  }
}

function currentValue(): '0' | '1' {
  const text = readFileSync(`/proc/sys/net/ipv4/conf/${DEVICE}/accept_redirects`, 'utf8').trim();
  return text === '0' ? '0' : '1';
}

async function addPrivsep(contestants: Contestant[], stage: Stage, value: string): Promise<void> {
  const python = stage.use(new PythonProcess('privileged/oslo-privsep.py'));
  const ask = async (name: string, args: readonly string[], calls: number) =>
    (await python.ask({ function: name, args, calls })) as number[];
  const questions = [
    ['oslo.privsep', 'nothing', ['br0']],
    ['sysctl: oslo.privsep', 'write_sysctl', [DEVICE, value]],
  ] as const;
  try {
    for (const [name, what, args] of questions) {
      await ask(what, args, WARM);
      contestants.push({
        name,
        measure: async () => (await ask(what, args, UNCOUNTED + IN_A_ROW)).slice(UNCOUNTED),
      });
    }
  } catch (error) {
    stage.skip('oslo.privsep', (error as Error).message);
  }
}

async function addDaemon(
  add: (name: string, work: () => Promise<unknown>) => void,
  stage: Stage,
  value: string,
): Promise<void> {
  const daemon = await stage.oslos();
  if (daemon === undefined) return;
  const connection = await OsloConnection.open(daemon);
  stage.use({ stop: async () => connection.close() });
  const write = () => connection.run(['sysctl', '-q', '-w', `${SYSCTL}=${value}`]);
  try {
    await write();
    add("sysctl: oslo's rootwrap daemon", write);
  } catch (error) {
    stage.skip("sysctl: oslo's rootwrap daemon", (error as Error).message);
  }
}
