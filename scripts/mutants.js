// Changes the engine or the daemon in one small place at a time, and asks whether a test notices.
// It works on copies of this built tree, one for each processor, and runs only tests that run the place.
// Exit 0: each change was noticed, or is known to change nothing.
//
//   npm run -s mutants -- [--count N] [--seed N] [--minutes N] [--only PART-OF-A-NAME] [--list]
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { blockAround } from './blocks.js';
import { MAX_TEST_MS, recordTests } from './mutant-record.js';
import { MutantTree } from './mutant-tree.js';
import { mutationsIn } from './mutations.js';

/** What runs as root for a call; `TOOLS` are the exceptions, and what is generated. */
const ENGINE = /^(?:exec|policy|config|log|daemon|wire|cli)\//;
const TOOLS =
  /^cli\/(?:ctl\/|tsrootwrapctl|tsrootwrap-privileged|privileged-words)|^policy\/(?:explain|filters\/call-form)|^wire\/(?:validators|schemas)/;
/** How long the tests of a mutant may go on; what no test has noticed by then has survived. */
const MAX_MUTANT_MS = 120_000;
/** Changes that no test can notice, each with its reason. */
const EQUIVALENT = JSON.parse(readFileSync('scripts/equivalent-mutants.json', 'utf8'));

/** Tests that have failed with a change: whether they pass without. One that does not tells nothing. */
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

const files = engineFiles();
const all = files.flatMap(mutantsOf).filter(({ name }) => name.includes(values.only));
const chosen = shuffled(all, Number(values.seed)).slice(0, Number(values.count));
console.log(`seed ${values.seed}: ${chosen.length} of ${all.length} mutants`);
if (values.list) for (const { name } of chosen) console.log(name);
else process.exitCode = await tryAll();

function engineFiles() {
  return readdirSync('dist', { recursive: true })
    .filter((name) => name.endsWith('.js') && ENGINE.test(name) && !TOOLS.test(name))
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

async function tryAll() {
  const end = performance.now() + Number(values.minutes) * 60_000;
  const counts = { noticed: 0, equivalent: 0, survived: 0, untried: 0 };
  const trees = Array.from({ length: availableParallelism() }, () => new MutantTree());
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
  process.on('exit', () => {
    for (const tree of trees) tree.remove();
  });
  const record = await recordTests(trees, files);
  const pending = [...chosen];
  await Promise.all(
    trees.map(async (tree) => {
      for (let mutant = pending.shift(); mutant !== undefined; mutant = pending.shift()) {
        if (performance.now() > end) counts.untried++;
        else counts[await outcomeOf(tree, mutant, record)]++;
      }
    }),
  );
  console.log(
    Object.entries(counts)
      .map(([outcome, count]) => `${count} ${outcome}`)
      .join(', '),
  );
  return counts.survived === 0 ? 0 : 1;
}

/** Says what became of a mutant. @returns noticed, equivalent or survived */
async function outcomeOf(tree, { file, start, end, to, name }, record) {
  const started = performance.now();
  const elapsed = () => performance.now() - started;
  const tell = (outcome, detail) => {
    console.log(`${outcome} (${detail}, ${Math.round(elapsed() / 1000)} s): ${name}`);
    return outcome;
  };
  if (Object.hasOwn(EQUIVALENT, name)) return tell('equivalent', 'known');
  const text = tree.read(file);
  const set = (content) => {
    tree.write(file, content);
    return tree.bundle();
  };
  const changed = text.slice(0, start) + to + text.slice(end);
  const tests = testsFor(file, blockAround(text, start), record);
  try {
    if (!(await set(changed))) return tell('noticed', 'it cannot be bundled');
    for (const [count, test] of tests.entries()) {
      if (elapsed() > MAX_MUTANT_MS) return tell('survived', `${count} of ${tests.length} tests`);
      const timeout = Math.min(20_000 + 5 * record[test].ms, 2 * MAX_TEST_MS);
      if (await tree.test(test, timeout)) continue;
      if (!steady.has(test)) {
        await set(text);
        steady.set(test, await tree.test(test, timeout));
        if (!steady.get(test)) console.log(`left out, it fails unchanged: ${test}`);
        await set(changed);
      }
      if (steady.get(test) && !(await tree.test(test, timeout))) return tell('noticed', test);
    }
    return tell('survived', `${tests.length} tests`);
  } finally {
    await set(text);
  }
}

/** @returns the tests that run a block: a file's own, its folder's, the others; the shortest first */
function testsFor(file, block, record) {
  const place = (test) =>
    test.startsWith(file.replace(/\.js$/, '.')) ? 0 : dirname(test) === dirname(file) ? 1 : 2;
  return Object.entries(record)
    .filter(([, { ms, blocks }]) => ms < MAX_TEST_MS && blocks.includes(`${file}:${block}`))
    .map(([test]) => test)
    .sort((one, other) => place(one) - place(other) || record[one].ms - record[other].ms);
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
