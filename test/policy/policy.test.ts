import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Policy } from '#src/policy/policy.js';
import { assertDenied, commandPlan } from '../support/decisions.js';
import { policyFiles, policyOf, script } from '../support/policy-files.js';

test('the first filter that matches decides', () => {
  const lines = 'one: RegExpFilter, tool, nobody, tool, a\ntwo: CommandFilter, tool, root';
  const policy = policyOf(lines, ['tool']);
  assert.is(commandPlan(policy, ['tool', 'a']).user, 'nobody');
  assert.is(commandPlan(policy, ['tool', 'b']).user, 'root');
});

test('a filter whose executable is missing is passed over', () => {
  const lines = 'one: CommandFilter, /absent/tool, root\ntwo: CommandFilter, tool, nobody';
  const policy = policyOf(lines, ['tool']);
  assert.is(commandPlan(policy, ['tool']).user, 'nobody');
});

test('where no executable is there, the first filter that matched is told', () => {
  const lines =
    'one: CommandFilter, /absent/a/tool, root\ntwo: CommandFilter, /absent/b/tool, root';
  const decision = policyOf(lines).decide(['tool']);
  assert.is(decision.outcome, 'not-executable');
  if (decision.outcome !== 'not-executable') return;
  assert.equal([decision.filter.name, decision.exec], ['one', '/absent/a/tool']);
});

test('a command that no filter takes is denied with the reasons of those asked', () => {
  const policy = policyOf('one: RegExpFilter, tool, root, tool, a\ntwo: CommandFilter, ls, root');
  const decision = policy.decide(['tool', 'b']);
  assert.is(decision.outcome, 'denied');
  assert.equal(
    decision.misses.map(({ filter, reason, word }) => [filter.name, reason, word]),
    [['one', 'does not match a', 'b']],
  );
});

test('no command at all is denied', () => {
  assertDenied(policyOf('x: ChainingRegExpFilter, nice, root, .*'), [], /there is no command/);
});

test('an empty word is a command that nothing matches', () => {
  assertDenied(policyOf('x: CommandFilter, tool, root', ['tool']), ['']);
});

test('a NUL byte in any word is denied', () => {
  const policy = policyOf('x: CommandFilter, tool, root', ['tool']);
  assertDenied(policy, ['tool', 'a\0b'], /holds a NUL byte/);
  assertDenied(policy, ['tool\0'], /holds a NUL byte/);
  assertDenied(policy, ['tool', 'a', '\0'], /holds a NUL byte/);
});

test('a lone surrogate in any word is denied', () => {
  const policy = policyOf('x: CommandFilter, tool, root', ['tool']);
  for (const word of ['\ud800', 'a\udc80', '\udc00\ud800']) {
    assertDenied(policy, ['tool', word], /not valid Unicode/);
  }
  assert.equal(commandPlan(policy, ['tool', '\u{1f600}']).argv[1], '\u{1f600}');
});

test('an executable installed after loading is found, one removed is missed', () => {
  const { config, bin } = policyFiles('x: CommandFilter, tool, root');
  const policy = Policy.load(config);
  assert.is(policy.decide(['tool']).outcome, 'not-executable');
  const file = script(join(bin, 'tool'));
  assert.is(commandPlan(policy, ['tool']).file, file);
  rmSync(file);
  assert.is(policy.decide(['tool']).outcome, 'not-executable');
});

test('without exec_dirs programs are found in PATH', () => {
  const { config } = policyFiles('x: CommandFilter, sh, root', '');
  assert.match(commandPlan(Policy.load(config), ['sh']).file, /^\/.*\/sh$/);
});

test('privsep-helper is allowed unless it is turned off', () => {
  const on = policyFiles('x: CommandFilter, ls, root');
  assert.is(Policy.load(on.config).decide(['privsep-helper']).outcome, 'not-executable');
  const off = policyFiles('x: CommandFilter, ls, root', 'privsep_helper = false');
  assertDenied(Policy.load(off.config), ['privsep-helper']);
});

test('warnings say what was skipped', () => {
  const { warnings } = policyOf('x: NoFilter, ls, root');
  assert.is(warnings.length, 1);
  assert.match(warnings[0]?.problem ?? '', /unknown filter class \(NoFilter\)/);
});

test('explaining says what deciding says', () => {
  const lines =
    'one: RegExpFilter, tool, root, tool, a\nip: IpNetnsExecFilter, ip, root\nx: CommandFilter, gone, root';
  const policy = policyOf(lines, ['tool', 'ip']);
  const commands = [['tool', 'a'], ['tool', 'b'], ['gone'], ['id'], [], ['tool', '\0']];
  for (const words of [...commands, ['ip', 'netns', 'exec', 'ns', 'tool', 'a']]) {
    const decision = policy.decide(words);
    const explained = policy.explain(words);
    assert.is(explained.outcome, decision.outcome);
    assert.equal(explained.misses, decision.misses);
    if (decision.outcome === 'allowed') assert.equal(explained.plan, decision.plan);
    else assert.is(explained.plan, undefined);
  }
});

test('deciding leaves the words as they were', () => {
  const policy = policyOf('x: EnvFilter, env, root, A=, tool', ['tool']);
  const words = ['env', 'A=1', 'tool'];
  policy.decide(words);
  assert.equal(words, ['env', 'A=1', 'tool']);
  assert.equal(policy.decide(Object.freeze(words)), policy.decide(words));
});

test('patterns of all filters share the time of one decision', () => {
  const slow = '(?!x)([^/]+(/+)?)*!';
  const lines = Array.from(
    { length: 20 },
    (_, n) => `f${n}: RegExpFilter, tool, root, tool, ${slow}`,
  );
  const policy = policyOf(lines.join('\n'), ['tool']);
  const start = process.hrtime.bigint();
  assertDenied(policy, ['tool', 'a'.repeat(60)]);
  assert.ok(process.hrtime.bigint() - start < 2_500_000_000n, 'twenty filters took too long');
});

test.run();
