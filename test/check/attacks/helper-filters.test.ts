import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { checkAttacks } from '#src/check/attacks/check-attacks.js';
import type { Finding } from '#src/check/finding.js';
import { readPolicySource } from '#src/policy/policy-source.js';
import { policyFiles } from '../../support/policy-files.js';

const START = 'tsrootwrap-privileged, root, tsrootwrap-privileged, --config';

function check(line: string): readonly Finding[] {
  return checkAttacks(readPolicySource(policyFiles(line).config));
}

test('what starts helpers gives root away where its words are free', () => {
  const [found] = check('net: CommandFilter, tsrootwrap-privileged, root');
  assert.is(found?.severity, 'high');
  assert.match(found?.gets ?? '', /runs any program as root/);
});

test('a choice of configurations is told, and of what stands behind the context', () => {
  for (const line of [
    `net: RegExpFilter, ${START}, /etc/[a-z]+/rootwrap\\.conf, --context, net`,
    `net: RegExpFilter, ${START}, /etc/app/rootwrap\\.conf, --context, net, --user, .*, --, .*`,
  ]) {
    assert.equal(
      check(line).map(({ severity }) => severity),
      ['high'],
      line,
    );
  }
});

test('fixed words are fine', () => {
  assert.equal(check(`net: RegExpFilter, ${START}, /etc/app/rootwrap\\.conf, --context, net`), []);
});

test.run();
