import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { testWith } from '../support/requirements.js';
import { examples } from './examples.js';
import { askOslo } from './oslo-peer.js';
import { writePolicy } from './policies.js';
import { createWorld } from './world.js';

const world = createWorld();

for (const { id, filters, argv, oslo, tsrootwrap } of examples(world)) {
  const policy = writePolicy([`[Filters]\n${filters}\n`], world.execDirs);

  test(`${id}: what tsrootwrap answers to ${JSON.stringify(argv)} for ${filters}`, () => {
    const decision = policy.load().decide(argv);
    assert.equal(
      decision.outcome === 'allowed' ? decision.plan.argv : decision.outcome,
      tsrootwrap,
    );
  });

  testWith(['python3-oslo.rootwrap'], `${id}: what oslo.rootwrap answers to ${argv}`, () => {
    const [answer] = askOslo([{ filters: policy.filters, exec_dirs: policy.execDirs, argv }]);
    assert.equal(answer?.verdict.command ?? answer?.verdict.outcome, oslo);
  });
}

test.run();
