import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { SeededRandom } from '../config/seeded-random.js';
import { testWith } from '../support/requirements.js';
import { type Case, compare, report } from './comparison.js';
import { type Draft, mutate } from './draft.js';
import { CHAINING, LEAVES, MAKERS, make } from './drafts.js';
import { writePolicy } from './policies.js';
import { createWorld, type World } from './world.js';

const POLICIES = 80;
const COMMANDS = 30;

/** Never matching, so that only the absence of permission can be compared. */
const NEVER = 'ChainingFilter';

/** Policies of one class; for a chaining class, with filters of others to chain to. */
function casesOf(heading: string, random: SeededRandom, world: World): Case[] {
  return Array.from({ length: POLICIES }, () => {
    const own = drafts([heading], 1 + random.below(3), random, world);
    const behind = CHAINING.includes(heading) ? drafts(LEAVES, 4, random, world) : [];
    const lines = [...own, ...behind].map(({ value }, index) => `${heading}${index}: ${value}`);
    const policy = writePolicy([`[Filters]\n${lines.join('\n')}\n`], world.execDirs);
    return Array.from({ length: COMMANDS }, () => ({
      heading,
      policy,
      argv: command(own, behind, random),
    }));
  }).flat();
}

function drafts(classes: readonly string[], count: number, random: SeededRandom, world: World) {
  return Array.from({ length: count }, () => make(random.pick(classes), random, world));
}

function command(own: readonly Draft[], behind: readonly Draft[], random: SeededRandom): string[] {
  const inner = behind.length > 0 ? random.pick(behind).sample(random) : [];
  let words = [...random.pick(own).sample(random), ...inner];
  for (let left = random.pick([0, 0, 1, 1, 2]); left > 0; left--) words = mutate(words, random);
  return words.length === 0 ? [''] : words;
}

const world = createWorld();

for (const heading of Object.keys(MAKERS)) {
  testWith(['python3-oslo.rootwrap'], `${heading} decides as in oslo.rootwrap`, () => {
    const random = new SeededRandom(20260801);
    console.log(`seed: ${random.seed} (${heading})`);
    const counts = compare(casesOf(heading, random, world), random.seed);
    console.log(report(counts));
    const row = counts.get(heading) ?? new Map();
    assert.ok((row.get('agreed denied') ?? 0) > 100);
    if (heading === NEVER) return;
    assert.ok((row.get('agreed allowed') ?? 0) + (row.get('inner-plan') ?? 0) > 50);
  });
}

test.run();
