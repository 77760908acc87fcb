import { chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Policy } from '#src/policy/policy.js';
import { assertDenied, commandPlan } from '../../support/decisions.js';
import { policyFiles, policyOf, temporaryDirectory } from '../../support/policy-files.js';
import { testWith } from '../../support/requirements.js';

const NICE = 'nice: ChainingRegExpFilter, nice, root, nice, -n, -?\\d+';
const PROGRAMS = ['nice', 'ls', 'tool', 'ip', 'kill'];

test('the words that match go first, then the inner program by full path', () => {
  const policy = policyOf(`${NICE}\ncat: CommandFilter, /bin/cat, root`, PROGRAMS);
  const plan = commandPlan(policy, ['nice', '-n', '5', 'cat', '-A', 'x']);
  assert.match(plan.file, /\/bin\/nice$/);
  assert.equal(plan.argv.slice(1), ['-n', '5', '/bin/cat', '-A', 'x']);
});

test('a word that does not match its pattern is denied', () => {
  const policy = policyOf(`${NICE}\nls: CommandFilter, ls, root`, PROGRAMS);
  assertDenied(policy, ['nice', '-n', 'x', 'ls'], /'x' does not match/);
  assertDenied(policy, ['nice', '-n', '5x', 'ls']);
  assertDenied(policy, ['nice', '-n', '5\n', 'ls']);
  assertDenied(policy, ['/tmp/nice', '-n', '5', 'ls']);
  assertDenied(policy, ['nice', 'ls']);
});

test('a command must follow the words that match', () => {
  const policy = policyOf(`${NICE}\nls: CommandFilter, ls, root`, PROGRAMS);
  assertDenied(policy, ['nice', '-n', '5'], /a command behind them/);
  assertDenied(policy, ['nice', '-n', '5', '']);
  assertDenied(policy, ['nice', '-n', '5', 'sh'], /'sh' has a command that no filter allows/);
});

test('an inner path that its filter would not take is denied', () => {
  const policy = policyOf(`${NICE}\ncat: CommandFilter, /bin/cat, root`, PROGRAMS);
  assertDenied(policy, ['nice', '-n', '5', '/tmp/evil/cat', 'x']);
  assertDenied(policy, ['nice', '-n', '5', './cat', 'x']);
  assert.is(commandPlan(policy, ['nice', '-n', '5', '/bin/cat']).argv[3], '/bin/cat');
});

test('only filters of the same user count for the inner command', () => {
  const policy = policyOf(`${NICE}\nls: CommandFilter, ls, nobody`, PROGRAMS);
  assertDenied(policy, ['nice', '-n', '5', 'ls']);
  const nobody = policyOf(
    'n: ChainingRegExpFilter, nice, nobody, nice\nls: CommandFilter, ls, nobody',
    ['nice', 'ls'],
  );
  assert.is(commandPlan(nobody, ['nice', 'ls']).user, 'nobody');
  assertDenied(nobody, ['nice', 'privsep-helper']);
});

test('a chain within a chain is denied', () => {
  const lines = `${NICE}\nioctl: ChainingRegExpFilter, tool, root, tool\nls: CommandFilter, ls, root`;
  const policy = policyOf(lines, PROGRAMS);
  assert.ok(commandPlan(policy, ['tool', 'ls']));
  assertDenied(policy, ['tool', 'nice', '-n', '5', 'ls']);
  assertDenied(policy, ['nice', '-n', '5', 'nice', '-n', '5', 'ls']);
  const both = policyOf(
    `${NICE}\nx: IpNetnsExecFilter, ip, root\nls: CommandFilter, ls, root`,
    PROGRAMS,
  );
  assertDenied(both, ['nice', '-n', '5', 'ip', 'netns', 'exec', 'ns', 'ls']);
});

test('an inner kill is refused, for it would go by number', () => {
  const policy = policyOf(`${NICE}\nk: KillFilter, root, ${process.execPath}, -0`, PROGRAMS);
  assert.is(policy.decide(['kill', '-0', String(process.pid)]).outcome, 'allowed');
  assertDenied(policy, ['nice', '-n', '5', 'kill', '-0', String(process.pid)], /is a kill/);
});

test('an inner command whose program is missing is denied, not reported as missing', () => {
  const policy = policyOf(`${NICE}\nx: CommandFilter, absent, root`, PROGRAMS);
  assertDenied(policy, ['nice', '-n', '5', 'absent'], /needs absent, not there/);
});

test('an inner EnvFilter sets its variables for the whole and takes env off', () => {
  const policy = policyOf(`${NICE}\nx: EnvFilter, env, root, A=, tool`, PROGRAMS);
  const plan = commandPlan(policy, ['nice', '-n', '5', 'env', 'A=1', 'tool', '-v']);
  assert.equal(plan.environment, { A: '1' });
  assert.match(plan.argv[3] ?? '', /\/bin\/tool$/);
  assert.equal(plan.argv.slice(4), ['-v']);
  assertDenied(policy, ['nice', '-n', '5', 'env', 'LD_PRELOAD=x', 'tool']);
});

test('words of the inner command are checked by the inner filter', () => {
  const policy = policyOf(`${NICE}\nx: RegExpFilter, tool, root, tool, [a-c]`, PROGRAMS);
  assert.ok(commandPlan(policy, ['nice', '-n', '5', 'tool', 'b']));
  assertDenied(policy, ['nice', '-n', '5', 'tool', 'd']);
  assertDenied(policy, ['nice', '-n', '5', 'tool', 'b', 'b']);
});

test('a filter without patterns never matches', () => {
  const lines = 'n: ChainingRegExpFilter, nice, root\nls: CommandFilter, ls, root';
  const policy = policyOf(lines, PROGRAMS);
  assert.match(commandPlan(policy, ['ls', '-l']).file, /\/bin\/ls$/);
  assertDenied(policy, ['nice', 'ls'], /has no pattern/);
});

test('an inner path counts only where the base name would count too', () => {
  const lines = `${NICE}\nx: RegExpFilter, /bin/cat, root, /bin/cat, a\ny: RegExpFilter, ls, root, .*ls, a`;
  const policy = policyOf(lines, PROGRAMS);
  assert.ok(commandPlan(policy, ['/bin/cat', 'a']));
  assertDenied(policy, ['nice', '-n', '5', '/bin/cat', 'a']);
  const plan = commandPlan(policy, ['nice', '-n', '5', '/tmp/evil/ls', 'a']);
  assert.not.match(plan.argv[3] ?? '', /evil/);
});

test('an inner path that a pattern takes counts only where the pattern takes its base name too', () => {
  const policy = policyOf(`${NICE}\nx: RegExpFilter, /bin/cat, root, /bin/c.t, a`, PROGRAMS);
  assert.ok(commandPlan(policy, ['/bin/cat', 'a']));
  assertDenied(policy, ['nice', '-n', '5', '/bin/cat', 'a'], /no filter allows/);
});

testWith(
  ['root'],
  'an inner path that a stranger could exchange is pinned in its new place',
  () => {
    const base = join(temporaryDirectory(), 'images');
    mkdirSync(base);
    writeFileSync(join(base, 'disk'), '');
    const { config } = policyFiles(
      `${NICE}\nx: PathFilter, cat, root, ${base}`,
      'exec_dirs = /usr/bin',
    );
    const policy = Policy.load(config);
    assert.equal(commandPlan(policy, ['nice', '-n', '5', 'cat', join(base, 'disk')]).pinned, []);
    chownSync(base, 12345, 12345);
    const plan = commandPlan(policy, ['nice', '-n', '5', 'cat', `${base}/./disk`]);
    assert.equal(plan.pinned, [{ index: 4, isDirectory: false }]);
    assert.is(plan.argv[4], join(base, 'disk'));
  },
);

test.run();
