import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Pattern, PatternBudget } from '#src/policy/pattern/pattern.js';
import { PatternGenerator, Random, tokenSoup, wordsFor } from './generate.js';
import { KNOWN_PATTERNS } from './known-patterns.js';
import { askPython, findPython, type Question } from './python-oracle.js';

const seed = Number(process.env.TSROOTWRAP_SEED ?? 20260401);
const WILD = '../shared/filters-in-the-wild';

interface Tally {
  patterns: number;
  unsupported: number;
  broken: number;
  unanswered: number;
  matched: number;
  pairs: number;
}

/** Puts the same questions to Python and to us; fails at the first difference that counts. */
function compare(python: string, patterns: readonly string[], wordCount: number): Tally {
  const random = new Random(seed);
  const questions: Question[] = patterns.map((pattern) => ({
    pattern,
    words: wordsFor(pattern, random, wordCount),
  }));
  const tally: Tally = {
    patterns: 0,
    unsupported: 0,
    broken: 0,
    unanswered: 0,
    matched: 0,
    pairs: 0,
  };
  for (const [index, verdict] of askPython(python, questions).entries()) {
    const { pattern: source, words } = questions[index] as Question;
    const pattern = new Pattern(source);
    const show = (word?: string) =>
      `seed ${seed}: ${JSON.stringify(source)} on ${JSON.stringify(word)}: ${pattern.problem ?? ''}`;
    tally.patterns++;
    if (verdict.slow) {
      tally.unanswered++;
      continue;
    }
    if (verdict.error !== null) {
      tally.broken++;
      assert.is(pattern.engine, 'invalid', `${show()} python: ${verdict.error}`);
      continue;
    }
    assert.not.match(pattern.problem ?? '', 'does not compile', show());
    for (const [k, word] of words.entries()) {
      const budget = new PatternBudget(500);
      const matches = pattern.matches(word, budget);
      assert.not(matches && !verdict.oslo[k], `wider than re.match: ${show(word)}`);
      if (pattern.engine === 'invalid') {
        assert.not(matches, `invalid, but matches: ${show(word)}`);
        continue;
      }
      if (budget.timedOut) {
        tally.unanswered++;
        break;
      }
      tally.pairs++;
      if (matches) tally.matched++;
      assert.is(matches, verdict.full[k], `not like re.fullmatch: ${show(word)}`);
    }
    if (pattern.engine === 'invalid') tally.unsupported++;
  }
  return tally;
}

const python = findPython();

function differential(title: string, run: (python: string) => void): void {
  test(title, () => {
    if (python === undefined) console.log(`SKIP: needs python3: ${title}`);
    else run(python);
  });
}

differential('generated patterns match exactly the words that Python matches whole', (python) => {
  console.log(`TSROOTWRAP_SEED=${seed}`);
  const generator = new PatternGenerator(new Random(seed));
  const patterns = Array.from({ length: 2500 }, () => generator.pattern());
  const tally = compare(python, patterns, 10);
  console.log(JSON.stringify(tally));
  assert.ok(tally.unsupported < 0.06 * tally.patterns, `${tally.unsupported} unsupported`);
  assert.ok(tally.broken < 0.15 * tally.patterns, `${tally.broken} broken`);
  assert.ok(tally.unanswered < 0.02 * tally.patterns, `${tally.unanswered} unanswered`);
  assert.ok(tally.matched > 0.2 * tally.pairs, `only ${tally.matched} of ${tally.pairs} match`);
});

differential('references to groups mean what they mean to Python', (python) => {
  const generator = new PatternGenerator(new Random(seed));
  const patterns = Array.from({ length: 1200 }, () => generator.referring());
  const tally = compare(python, patterns, 10);
  console.log(JSON.stringify(tally));
  assert.ok(tally.unsupported < 0.4 * tally.patterns, `${tally.unsupported} unsupported`);
  assert.ok(tally.matched > 0.1 * tally.pairs, `only ${tally.matched} of ${tally.pairs} match`);
});

differential('what Python does not compile, no word matches', (python) => {
  const random = new Random(seed);
  const patterns = Array.from({ length: 8000 }, () => tokenSoup(random));
  const tally = compare(python, patterns, 4);
  console.log(JSON.stringify(tally));
  assert.ok(tally.broken > 0.2 * tally.patterns, `only ${tally.broken} broken`);
  assert.ok(tally.unsupported < 0.06 * tally.patterns, `${tally.unsupported} unsupported`);
});

differential('patterns of real filter files match what Python matches whole', (python) => {
  const wild = existsSync(WILD) ? readWildPatterns() : [];
  const tally = compare(python, [...KNOWN_PATTERNS, ...wild], 60);
  console.log(JSON.stringify(tally));
  assert.is(tally.unsupported, 0);
  assert.is(tally.unanswered, 0);
});

function readWildPatterns(): string[] {
  const values = readdirSync(WILD)
    .filter((name) => name.endsWith('.filters'))
    .flatMap((name) =>
      readFileSync(join(WILD, name), 'utf8')
        .replace(/\n[ \t]+/g, ' ')
        .split('\n'),
    )
    .map((line) => /^[^#:=]+[:=]\s*((?:Chaining)?RegExpFilter.*)$/.exec(line)?.[1]);
  const patterns = values.flatMap((value) => value?.split(',').slice(3) ?? []);
  return [...new Set(patterns.map((pattern) => pattern.trim()))];
}

test.run();
