// The main job on the example configuration: commands that its filters allow, and some they refuse.
import { spawnSync } from 'node:child_process';
import { cpSync, lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const EXECUTABLE = 'bin/tsrootwrap';
const PROGRAM = 'bin/program.js'; // without the launcher, which would look for a node of the system's
const COMMANDS = [
  ['id'],
  ['cat', '/etc/hostname'],
  ['env', 'OMP_NUM_THREADS=2', 'nproc'],
  ['cat', '/etc/shadow'],
  ['sleep', '1000'],
  ['ls', '-l', '/usr/share/../../etc'],
  ['ip', '-batch', 'commands.txt'],
];

const { config, remove } = exampleConfig();
try {
  const { Policy } = await import('tsrootwrap');
  const policy = Policy.load(config);
  for (const command of COMMANDS) show(command, policy.explain(command));
  console.log('\nThe same from your own shell, for example:');
  console.log(`  ${EXECUTABLE} rootwrap.conf uname -a; echo "exit code $?"`);
} finally {
  remove();
}

function show(command, explanation) {
  console.log(`\n$ tsrootwrap rootwrap.conf ${command.map(quote).join(' ')}`);
  const { status } = spawnSync(process.execPath, [PROGRAM, 'tsrootwrap', config, ...command], {
    stdio: 'inherit',
  });
  console.log(`  exit code ${status}`);
  const { outcome, file, line, filter, misses } = explanation;
  if (filter !== undefined) console.log(`  ${outcome} by ${file}:${line}: ${filter}`);
  for (const { filter, word, reason } of misses) {
    const place = `${filter.file}:${filter.line}: ${filter.name}`;
    console.log(`  refused by ${place}: ${word === undefined ? reason : `${word} ${reason}`}`);
  }
  if (outcome === 'denied' && misses.length === 0) console.log('  no filter is about this command');
}

/** Root only follows files of its own that nobody else can write: if these are not, a copy is. */
function exampleConfig() {
  const files = [
    'rootwrap.conf',
    'filters.d',
    ...readdirSync('filters.d').map((f) => `filters.d/${f}`),
  ];
  const ours = files.map((file) => lstatSync(file)).every((s) => s.uid === 0 && !(s.mode & 0o022));
  if (process.geteuid() !== 0 || ours) return { config: 'rootwrap.conf', remove() {} };
  const directory = mkdtempSync(join(tmpdir(), 'tsrootwrap-demo-'));
  process.umask(0o022);
  console.log(
    `These files are not root's alone, so root would refuse them: using a copy in ${directory}`,
  );
  for (const file of ['rootwrap.conf', ...files.slice(2)]) {
    cpSync(file, join(directory, file), { mode: 0 });
  }
  return {
    config: join(directory, 'rootwrap.conf'),
    remove: () => rmSync(directory, { recursive: true }),
  };
}

function quote(word) {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
