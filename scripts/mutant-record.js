// Which tests run which blocks of dist: recorded once, and kept in build/ as long as both stay the same.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withMarks } from './blocks.js';

const RECORD = 'build/mutant-record.json';
/** What knows nothing of the engine but by way of the tools. */
const TESTS =
  /^(?:exec|policy|config|log|daemon|wire|client|check\/(?:language|mistakes)|cli\/tsrootwrap|system\/(?!privileged)|escape|faults)/;
/** A test that takes longer is left out: a survivor would cost too much. */
export const MAX_TEST_MS = 40_000;

/**
 * @param files that are changed, below dist
 * @returns by test file: `ms`, and `blocks`, a list of FILE:START; undefined where it does not pass
 */
export async function recordTests(trees, files) {
  const digest = digestOf(files.map((file) => join('dist', file)));
  const kept = keptRecord(digest);
  const tests = readdirSync('build/test', { recursive: true })
    .filter((name) => name.endsWith('.test.js') && TESTS.test(name))
    .sort();
  const recorded = {};
  const pending = [];
  for (const test of tests) {
    const own = digestOf([join('build/test', test)]);
    if (kept[test]?.digest === own) recorded[test] = kept[test];
    else pending.push([test, own]);
  }
  if (pending.length > 0) {
    console.log(`recording ${pending.length} tests`);
    await Promise.all(
      trees.map(async (tree) => {
        const texts = files.map((file) => [file, tree.read(file)]);
        for (const [file, text] of texts) tree.write(file, withMarks(text, file, tree.ran));
        await tree.bundle();
        for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
          const [test, own] = next;
          const started = performance.now();
          await tree.test(test, MAX_TEST_MS);
          const ms = Math.round(performance.now() - started);
          recorded[test] = { digest: own, ms, blocks: tree.blocks() };
          writeFileSync(RECORD, JSON.stringify({ digest, recorded }));
        }
        for (const [file, text] of texts) tree.write(file, text);
      }),
    );
  }
  return recorded;
}

function keptRecord(digest) {
  try {
    const { digest: of, recorded } = JSON.parse(readFileSync(RECORD, 'utf8'));
    return of === digest ? recorded : {};
  } catch (error) {
    if (error.code === 'ENOENT') return {};
    throw error;
  }
}

function digestOf(paths) {
  const hash = createHash('sha256');
  for (const path of paths) hash.update(readFileSync(path));
  return hash.digest('hex');
}
