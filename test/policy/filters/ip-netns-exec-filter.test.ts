import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { assertDenied, commandPlan } from '../../support/decisions.js';
import { policyOf } from '../../support/policy-files.js';

const LINES = `
ip: IpFilter, ip, root
ip_exec: IpNetnsExecFilter, ip, root
cat: CommandFilter, /bin/cat, root
mine: CommandFilter, ls, nobody
`;
const POLICY = policyOf(LINES, ['ip', 'ls']);

test('a command allowed by itself runs in the namespace, its program by full path', () => {
  const plan = commandPlan(POLICY, ['ip', 'netns', 'exec', 'ns1', 'cat', '-n', 'x']);
  assert.match(plan.file, /\/bin\/ip$/);
  assert.equal(plan.argv, [plan.file, 'netns', 'exec', 'ns1', '/bin/cat', '-n', 'x']);
  assert.is(plan.user, 'root');
});

test('netns and exec may be shortened as ip does', () => {
  for (const netns of ['net', 'netn', 'netns']) {
    for (const exec of ['e', 'ex', 'exe', 'exec']) {
      assert.ok(commandPlan(POLICY, ['ip', netns, exec, 'ns1', '/bin/cat']));
    }
  }
  for (const netns of ['n', 'ne', '']) {
    assertDenied(POLICY, ['ip', netns, 'exec', 'ns1', 'cat']);
  }
  assertDenied(POLICY, ['ip', 'netns', '', 'ns1', 'cat']);
});

test('an inner program in another directory is denied', () => {
  assertDenied(POLICY, ['ip', 'netns', 'exec', 'ns1', '/tmp/evil/cat', 'x'], /no filter allows/);
  assertDenied(POLICY, ['ip', 'netns', 'exec', 'ns1', './cat', 'x']);
  assertDenied(POLICY, ['ip', 'netns', 'exec', 'ns1', '/usr/bin/../../bin/cat']);
});

test('a command that no filter allows, or no command, is denied', () => {
  assertDenied(POLICY, ['ip', 'netns', 'exec', 'ns1', 'sh', '-c', 'id']);
  assertDenied(POLICY, ['ip', 'netns', 'exec', 'ns1'], /has no command/);
  assertDenied(POLICY, ['ip', 'netns', 'exec', 'ns1', '']);
  assertDenied(POLICY, ['ip', 'netns', 'exec']);
});

test('a command allowed to another user only is denied', () => {
  assertDenied(POLICY, ['ip', 'netns', 'exec', 'ns1', 'ls']);
});

test('a name that is a path is denied', () => {
  for (const name of ['../../tmp/evil', '/tmp/evil', '..', '.', '']) {
    assertDenied(
      POLICY,
      ['ip', 'netns', 'exec', name, 'cat'],
      /not the name of a network namespace/,
    );
  }
});

test('options before netns are not for this filter', () => {
  assertDenied(POLICY, ['ip', '-n', 'ns2', 'netns', 'exec', 'ns1', 'cat']);
  assertDenied(POLICY, ['ip', '-all', 'netns', 'exec', 'cat']);
  assertDenied(POLICY, ['ip', '--', 'netns', 'exec', 'ns1', 'cat']);
});

test('ip inside ip is for the inner filter to judge', () => {
  const words = ['ip', 'netns', 'exec', 'ns1', 'ip'];
  const plan = commandPlan(POLICY, [...words, '-o', 'link']);
  assert.equal(plan.argv.slice(4), [plan.file, '-o', 'link']);
  assertDenied(POLICY, [...words, '-b', 'file']);
  assertDenied(POLICY, [...words, 'vrf', 'exec', 'red', 'cat']);
});

test('a chain inside a chain is denied', () => {
  assertDenied(POLICY, ['ip', 'netns', 'exec', 'a', 'ip', 'netns', 'exec', 'b', 'cat']);
});

test('a filter for another user than root never matches', () => {
  const policy = policyOf('x: IpNetnsExecFilter, ip, nobody\ny: CommandFilter, ls, nobody', [
    'ip',
    'ls',
  ]);
  assertDenied(policy, ['ip', 'netns', 'exec', 'ns1', 'ls'], /not for root/);
});

test('the variables of an inner EnvFilter are set for the whole', () => {
  const policy = policyOf('x: IpNetnsExecFilter, ip, root\ny: EnvFilter, env, root, A=, dnsmasq', [
    'ip',
    'dnsmasq',
  ]);
  const plan = commandPlan(policy, ['ip', 'netns', 'exec', 'ns1', 'env', 'A=1', 'dnsmasq', '-d']);
  assert.equal(plan.environment, { A: '1' });
  assert.match(plan.argv[4] ?? '', /\/bin\/dnsmasq$/);
  assert.equal(plan.argv.slice(5), ['-d']);
});

test.run();
