import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { assertDenied, commandPlan } from '../../support/decisions.js';
import { policyOf } from '../../support/policy-files.js';

const POLICY = policyOf('x: ReadFileFilter, /etc/iscsi/initiatorname.iscsi');

test('cat of exactly that file runs as root', () => {
  const path = '/etc/iscsi/initiatorname.iscsi';
  const plan = commandPlan(POLICY, ['cat', path]);
  assert.equal([plan.file, plan.argv, plan.user], ['/bin/cat', ['/bin/cat', path], 'root']);
});

test('another spelling of the file is denied', () => {
  for (const path of [
    '/etc//iscsi/initiatorname.iscsi',
    '/etc/iscsi/../iscsi/initiatorname.iscsi',
  ]) {
    assertDenied(POLICY, ['cat', path], /is not \/etc/);
  }
  assertDenied(POLICY, ['cat', '/etc/iscsi/initiatorname.iscsi/']);
  assertDenied(POLICY, ['cat', '']);
});

test('more words, fewer words or another path to cat are denied', () => {
  const path = '/etc/iscsi/initiatorname.iscsi';
  assertDenied(POLICY, ['cat'], /takes 2 words, not 1/);
  assertDenied(POLICY, ['cat', path, '/etc/shadow']);
  assertDenied(POLICY, ['cat', '-A', path]);
  assertDenied(POLICY, ['/bin/cat', path]);
});

test.run();
