import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { attacksOn } from '#src/check/attacks/check-attacks.js';
import { programs } from '#src/check/attacks/programs.js';
import { parseDefinitions } from '#src/policy/load-filters.js';
import { readPolicySource } from '#src/policy/policy-source.js';
import { policyFiles } from '../../support/policy-files.js';

test('lines that are offered have names of their own, and are about the program of the filter', () => {
  const names = programs().programs.flatMap(({ names }) => names);
  const { config } = policyFiles(
    names.map((name, index) => `f${index}: CommandFilter, ${name}, root`).join('\n'),
  );
  const { definitions, policy } = readPolicySource(config);
  let several = 0;
  for (const definition of definitions) {
    const [{ instead = '', isLine = false } = {}] = attacksOn(definition, policy);
    if (!isLine) continue;
    const offered = parseDefinitions(`[Filters]\n${instead}\n`, 'offered');
    assert.is(offered.length, instead.split('\n').length, instead);
    several += offered.length > 1 ? 1 : 0;
    for (const { source, words } of offered) {
      if (source.className === 'RegExpFilter')
        assert.match(
          `/${words[0]}`,
          new RegExp(`^(?:.*/)(?:${words[2]?.split('/').at(-1)})$`),
          instead,
        );
    }
  }
  assert.ok(several > 0);
});

test.run();
