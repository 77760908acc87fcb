import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseConfig } from '#src/config/configparser.js';
import { SeededRandom } from '../config/seeded-random.js';
import { script, temporaryDirectory } from '../support/policy-files.js';
import { testWith } from '../support/requirements.js';
import { type Case, compare, report } from './comparison.js';
import { mutate } from './draft.js';
import { writePolicy } from './policies.js';
import { REALISTIC } from './realistic.js';
import { createWorld } from './world.js';
import { draftOf, programOf } from './written-draft.js';

/** Filter files of real services, where somebody has put some beside the project. */
const WILD = join('..', 'shared', 'filters-in-the-wild');
const COMMANDS = 1500;
const CHAINS = ['IpNetnsExecFilter', 'ChainingRegExpFilter'];

const world = createWorld();

function casesOf(heading: string, text: string, random: SeededRandom): Case[] {
  const values = (parseConfig(text, heading, { strict: false }).items('Filters') ?? []).map(
    ({ value }) => value,
  );
  const bin = temporaryDirectory();
  for (const name of new Set(values.map(programOf))) {
    if (name !== undefined && !random.chance(15)) script(join(bin, name)); // some are missing
  }
  const policy = writePolicy([text], [bin, ...world.execDirs]);
  const drafts = values.map((value) => draftOf(value, world));
  return Array.from({ length: COMMANDS }, () => {
    const draft = random.pick(drafts);
    let argv = draft.sample(random);
    if (CHAINS.some((name) => draft.value.startsWith(name))) {
      argv.push(...random.pick(drafts).sample(random));
    }
    for (let left = random.pick([0, 0, 1, 2]); left > 0; left--) argv = mutate(argv, random);
    return { heading, policy, argv };
  });
}

function decideAlike(heading: string, text: string): void {
  const random = new SeededRandom(20260802);
  console.log(`seed: ${random.seed} (${heading})`);
  const counts = compare(casesOf(heading, text, random), random.seed);
  console.log(report(counts));
  assert.ok((counts.get(heading)?.get('agreed allowed') ?? 0) > 50);
}

for (const [index, text] of REALISTIC.entries()) {
  const heading = `realistic ${index + 1}`;
  testWith(['python3-oslo.rootwrap'], `${heading} is decided as by oslo.rootwrap`, () =>
    decideAlike(heading, text),
  );
}

const wild = existsSync(WILD) ? readdirSync(WILD).filter((name) => name.endsWith('.filters')) : [];
for (const name of wild.sort()) {
  testWith(['python3-oslo.rootwrap'], `${name} is decided as by oslo.rootwrap`, () =>
    decideAlike(name, readFileSync(join(WILD, name), 'utf8')),
  );
}

test.run();
