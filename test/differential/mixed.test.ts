import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { SeededRandom } from '../config/seeded-random.js';
import { testWith } from '../support/requirements.js';
import { type Case, compare, report } from './comparison.js';
import { type Draft, mutate } from './draft.js';
import { CHAINING, MAKERS, make } from './drafts.js';
import { type PolicyOnDisk, writePolicy } from './policies.js';
import { createWorld, type World } from './world.js';

const POLICIES = 150;
const COMMANDS = 60;
const HEADING = 'mixed';

const world = createWorld();

/** Up to 3 files of filters of any class, some of them in [DEFAULT]. */
function mixedPolicy(
  random: SeededRandom,
  world: World,
): { policy: PolicyOnDisk; drafts: readonly Draft[] } {
  const drafts: Draft[] = [];
  const lines = (most: number) =>
    Array.from({ length: random.below(most + 1) }, () => {
      const draft = make(random.pick(Object.keys(MAKERS)), random, world);
      drafts.push(draft);
      const delimiter = random.pick([': ', ' = ', ':', '=']);
      return `${random.pick(['f', 'Filter ', 'x.'])}${drafts.length}${delimiter}${draft.value}`;
    }).join('\n');
  const files = Array.from(
    { length: 1 + random.below(3) },
    () => `[DEFAULT]\n${lines(1)}\n[Filters]\n${lines(6)}\nunknown${drafts.length}: NoFilter, x\n`,
  );
  return { policy: writePolicy(files, world.execDirs), drafts };
}

function casesOf(random: SeededRandom, world: World): Case[] {
  return Array.from({ length: POLICIES }, () => {
    const { policy, drafts } = mixedPolicy(random, world);
    if (drafts.length === 0) return [];
    return Array.from({ length: COMMANDS }, () => ({
      heading: HEADING,
      policy,
      argv: command(drafts, random),
    }));
  }).flat();
}

function command(drafts: readonly Draft[], random: SeededRandom): string[] {
  const draft = random.pick(drafts);
  const words = draft.sample(random);
  if (CHAINING.some((name) => draft.value.startsWith(name))) {
    words.push(...random.pick(drafts).sample(random));
  }
  if (random.chance(20)) words.unshift(...random.pick([['env'], ['env', 'env']]));
  if (random.chance(5)) words.unshift('privsep-helper');
  const argv = random.chance(40) ? mutate(words, random) : words;
  return argv.length === 0 ? [''] : argv;
}

testWith(['python3-oslo.rootwrap'], 'policies of many filters decide as in oslo.rootwrap', () => {
  const random = new SeededRandom(20260803);
  console.log(`seed: ${random.seed} (${HEADING})`);
  const counts = compare(casesOf(random, world), random.seed);
  console.log(report(counts));
  const row = counts.get(HEADING) ?? new Map();
  for (const outcome of ['allowed', 'denied', 'not-executable']) {
    assert.ok((row.get(`agreed ${outcome}`) ?? 0) > 100, outcome);
  }
});

test.run();
