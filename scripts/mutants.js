// Changes the engine or the daemon in one small place at a time, and asks whether a test notices.
// It works on a copy of this built tree. Exit 0: each change was noticed, or is known to change nothing.
//
//   npm run -s mutants -- [--count N] [--seed N] [--minutes N] [--only PART-OF-A-FILE-NAME] [--list]
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { mutationsIn } from './mutations.js';

/** What runs as root for a call; `TOOLS` are the exceptions, and what is generated. */
const ENGINE = /^(?:exec|policy|config|log|daemon|wire|cli)\//;
const TOOLS =
  /^cli\/(?:ctl\/|tsrootwrapctl|tsrootwrap-privileged|privileged-words)|^policy\/explain|^wire\/(?:validators|schemas)/;
/** Tests that see a file from outside, tried behind its own and its folder's; the cheapest first. */
const OUTSIDE = ['daemon/commands', 'cli/tsrootwrap', 'system/', 'escape/', 'daemon/', 'faults/'];
/** A mutant for which a test waits for ever has been noticed. */
const TEST_TIMEOUT_MS = 300_000;
/** Changes that no test can notice, each with its reason. */
const EQUIVALENT = JSON.parse(readFileSync('scripts/equivalent-mutants.json', 'utf8'));

/** Tests that have failed with a change: whether they pass without. */
const steady = new Map();

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
    minutes: { type: 'string', default: '60' },
    only: { type: 'string', default: '' },
    list: { type: 'boolean', default: false },
  },
});

const all = engineFiles().flatMap(mutantsOf);
const chosen = shuffled(all, Number(values.seed)).slice(0, Number(values.count));
console.log(`seed ${values.seed}: ${chosen.length} of ${all.length} mutants`);
if (values.list) for (const { name } of chosen) console.log(name);
else process.exitCode = tryAll();

function engineFiles() {
  return readdirSync('dist', { recursive: true })
    .filter((name) => name.endsWith('.js') && ENGINE.test(name) && !TOOLS.test(name))
    .filter((name) => name.includes(values.only))
    .sort();
}

/** @returns mutants of a file below dist, each with a name that lasts until its line changes */
function mutantsOf(file) {
  const text = readFileSync(join('dist', file), 'utf8');
  return mutationsIn(text).map(({ start, end, to }) => {
    const before = text.slice(text.lastIndexOf('\n', start - 1) + 1, start);
    const after = text.slice(end).split('\n', 1)[0];
    const changed = text.slice(start, end).replace(/\s+/g, ' ');
    return {
      file,
      start,
      end,
      to,
      name: `${file}: ${before.trim()} «${changed}» -> «${to}» ${after}`,
    };
  });
}

function tryAll() {
  const end = performance.now() + Number(values.minutes) * 60_000;
  const copy = copyOfTree();
  const counts = { noticed: 0, equivalent: 0, survived: 0, untried: 0 };
  try {
    for (const mutant of chosen) {
      const outcome = performance.now() > end ? 'untried' : outcomeOf(copy, mutant);
      counts[outcome]++;
      if (outcome !== 'untried') console.log(`${outcome}: ${mutant.name}`);
    }
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
  console.log(
    Object.entries(counts)
      .map(([outcome, count]) => `${count} ${outcome}`)
      .join(', '),
  );
  return counts.survived === 0 ? 0 : 1;
}

function outcomeOf(copy, { file, start, end, to, name }) {
  if (Object.hasOwn(EQUIVALENT, name)) return 'equivalent';
  const path = join(copy, 'dist', file);
  const text = readFileSync(path, 'utf8');
  const set = (content) => {
    writeFileSync(path, content);
    return run(copy, 'scripts/bundle.js') === 0;
  };
  const changed = text.slice(0, start) + to + text.slice(end);
  try {
    if (!set(changed)) return 'noticed';
    for (const test of testsFor(file)) {
      if (run(copy, test) === 0) continue;
      set(text);
      if (passesUnchanged(copy, test)) return 'noticed';
      set(changed);
    }
    return 'survived';
  } finally {
    set(text);
  }
}

/** A file's own tests, its folder's, those that see it from outside: none of them twice. */
function testsFor(file) {
  const tests = readdirSync('build/test', { recursive: true })
    .filter((name) => name.endsWith('.test.js'))
    .sort();
  const parts = [file.replace(/\.js$/, '.'), `${dirname(file)}/`, ...OUTSIDE];
  const wanted = parts.flatMap((part) => tests.filter((name) => name.startsWith(part)));
  return [...new Set(wanted)].map((name) => join('build/test', name));
}

/** A test that fails here without any change, too, tells nothing of a mutant. */
function passesUnchanged(copy, test) {
  let passes = steady.get(test);
  if (passes === undefined) {
    passes = run(copy, test) === 0;
    if (!passes) console.log(`left out, it fails unchanged: ${test}`);
    steady.set(test, passes);
  }
  return passes;
}

function run(copy, script) {
  const { status } = spawnSync(process.execPath, ['--enable-source-maps', script], {
    cwd: copy,
    env: { ...process.env, NODE_EXTRA_CA_CERTS: undefined },
    stdio: 'ignore',
    timeout: TEST_TIMEOUT_MS,
    killSignal: 'SIGKILL',
  });
  return status;
}

function copyOfTree() {
  const copy = mkdtempSync(join(tmpdir(), 'tsrootwrap-mutants-'));
  const left = new Set(['node_modules', '.git', 'coverage']);
  for (const name of readdirSync('.').filter((entry) => !left.has(entry))) {
    cpSync(name, join(copy, name), { recursive: true, verbatimSymlinks: true });
  }
  symlinkSync(join(process.cwd(), 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

/** Fisher and Yates, with a generator of 32 bits (mulberry32) that a seed repeats. */
function shuffled(list, seed) {
  let state = seed >>> 0;
  const random = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const result = [...list];
  for (let last = result.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [result[last], result[other]] = [result[other], result[last]];
  }
  return result;
}
