import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory, writePolicy } from './policy-files.js';
import { problemWith, runWell } from './programs.js';
import { type Contestant, takeTurns, timed } from './rounds.js';
import { type Comparison, type Section, type Skip, summarize } from './section.js';

type Argv = readonly [string, ...string[]];

const PACKAGE = join(import.meta.dirname, '../..');
const LAUNCHER = join(PACKAGE, `prebuilds/linux-${process.arch}-glibc/launcher`);
const PROGRAM = join(PACKAGE, 'bin/program.js');
const FILTERS = 36;
const FEW = 8;

const COMPARISONS: readonly Comparison[] = [
  { title: 'tsrootwrap true / node on an empty file', of: 'tsrootwrap', to: 'node', goal: 1.25 },
  { title: 'the same by npm’s link', of: 'by npm', to: 'node', goal: 1.25 },
  { title: 'the same with few filters', of: 'tsrootwrap, few', to: 'node', goal: 1.25 },
  { title: 'tsrootwrap true / oslo without eventlet', of: 'tsrootwrap', to: 'oslo', goal: 0.4 },
  { title: 'tsrootwrap true / oslo-rootwrap as packaged', of: 'tsrootwrap', to: 'oslo, packaged' },
  { title: 'tsrootwrap true / sudo true', of: 'tsrootwrap', to: 'sudo' },
  { title: 'without the launcher / node on an empty file', of: 'no launcher', to: 'node' },
  { title: 'the launcher: with / without', of: 'tsrootwrap', to: 'no launcher' },
  { title: 'a pattern: sleep 0 / true', of: 'tsrootwrap, pattern', to: 'tsrootwrap' },
];

/** One command from start to end, by tsrootwrap and by what it is compared with. */
export async function wholeProcess(quick: boolean): Promise<Section> {
  const effort = quick ? { warmUp: 2, rounds: 20 } : { warmUp: 5, rounds: 80 };
  const skips: Skip[] = [];
  const contestants: Contestant[] = [];
  for (const [name, argv] of Object.entries(commands())) {
    const reason = await problemWith(argv);
    if (reason !== undefined) skips.push({ name, reason });
    else contestants.push({ name, measure: () => timed(() => runWell(argv)) });
  }
  const notes = [
    `${FILTERS} filters, or ${FEW} where it says few`,
    'tsrootwrap: by a link to the launcher, as install.sh makes it; by npm: by a link to the script',
    await eventletNote(),
  ];
  return summarize('Whole process', effort, await takeTurns(contestants, effort), COMPARISONS, {
    skips,
    notes,
  });
}

/** By contestant. */
function commands(): Readonly<Record<string, Argv>> {
  const installed = installation();
  const empty = join(temporaryDirectory(), 'empty.cjs');
  writeFileSync(empty, '');
  const last = [
    'sleep: RegExpFilter, sleep, root, sleep, [0-9][0-9]?',
    'true: CommandFilter, true, root',
  ];
  const config = writePolicy(FILTERS, last);
  return {
    tsrootwrap: [installed, config, 'true'],
    'by npm': [installationByNpm(), config, 'true'],
    'tsrootwrap, few': [installed, writePolicy(FEW, last), 'true'],
    'no launcher': [process.execPath, PROGRAM, 'tsrootwrap', config, 'true'],
    'tsrootwrap, pattern': [installed, config, 'sleep', '0'],
    node: [process.execPath, empty],
    oslo: ['/usr/bin/python3', '-c', WITHOUT_EVENTLET, config, 'true'],
    'oslo, packaged': ['/usr/bin/oslo-rootwrap', config, 'true'],
    sudo: ['/usr/bin/sudo', '-n', 'true'],
    true: ['/bin/true'],
  };
}

/** As install.sh installs it: a link to the launcher, which finds node beside that. */
function installation(): string {
  return linkWithNode(temporaryDirectory(), LAUNCHER);
}

/** As `npm install --global` does: a link to the script, which finds the launcher. */
function installationByNpm(): string {
  const prefix = temporaryDirectory();
  mkdirSync(join(prefix, 'lib/node_modules'), { recursive: true });
  symlinkSync(PACKAGE, join(prefix, 'lib/node_modules/tsrootwrap'));
  return linkWithNode(prefix, '../lib/node_modules/tsrootwrap/bin/tsrootwrap');
}

function linkWithNode(prefix: string, target: string): string {
  const directory = join(prefix, 'bin');
  mkdirSync(directory);
  symlinkSync(process.execPath, join(directory, 'node'));
  symlinkSync(target, join(directory, 'tsrootwrap'));
  return join(directory, 'tsrootwrap');
}

/** oslo-rootwrap imports eventlet where it finds it, which takes longer than all the rest. */
const WITHOUT_EVENTLET = [
  'import sys',
  'sys.modules["eventlet"] = None',
  'sys.argv[0] = "oslo-rootwrap"',
  'from oslo_rootwrap.cmd import main',
  'sys.exit(main())',
].join('; ');

async function eventletNote(): Promise<string> {
  const absent = await problemWith(['/usr/bin/python3', '-c', 'import eventlet']);
  return `/usr/bin/python3 ${absent === undefined ? 'can' : 'cannot'} import eventlet`;
}
