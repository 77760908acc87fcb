import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { chained } from '#src/policy/filters/chaining-filter.js';
import { allowedArgs, assertDenied } from '../../support/decisions.js';
import { policyOf } from '../../support/policy-files.js';

test('a ChainingFilter never matches and leaves its command to others', () => {
  const lines = 'x: ChainingFilter, nice, root\nls: CommandFilter, ls, root';
  const policy = policyOf(lines, ['nice', 'ls']);
  assertDenied(policy, ['nice', 'ls'], /never matches/);
  assertDenied(policy, ['nice']);
  const both = policyOf(`${lines}\nnice: CommandFilter, nice, root`, ['nice', 'ls']);
  assert.equal(allowedArgs(both, ['nice', 'x']), ['x']);
});

test('the words and marks of an inner command move behind the prefix', () => {
  const inner = {
    matched: true as const,
    argv: ['/bin/chown', 'nova', '/x'],
    environment: { A: '1' },
    exchangeable: [{ index: 2, isDirectory: false }],
  };
  assert.equal(chained(['-n', '5'], inner), {
    matched: true,
    args: ['-n', '5', '/bin/chown', 'nova', '/x'],
    environment: { A: '1' },
    exchangeable: [{ index: 4, isDirectory: false }],
  });
});

test.run();
