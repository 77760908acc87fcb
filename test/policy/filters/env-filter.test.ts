import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { allowedArgs, assertDenied, commandPlan } from '../../support/decisions.js';
import { policyOf } from '../../support/policy-files.js';

const TWO = policyOf('x: EnvFilter, env, root, A=, B=, tool', ['tool', 'env', 'other']);

test('the variables are set and the program gets the words after its name', () => {
  const plan = commandPlan(TWO, ['env', 'A=1', 'B=x=y', 'tool', '-v', 'C=3']);
  assert.equal(plan.environment, { A: '1', B: 'x=y' });
  assert.equal(plan.argv.slice(1), ['-v', 'C=3']);
  assert.match(plan.file, /\/bin\/tool$/);
});

test('a leading env may be left out', () => {
  assert.equal(commandPlan(TWO, ['A=1', 'B=2', 'tool']).environment, { A: '1', B: '2' });
});

test('env is taken off once and by that very name only', () => {
  assertDenied(TWO, ['env', 'env', 'A=1', 'B=2', 'tool']);
  assertDenied(TWO, ['/usr/bin/env', 'A=1', 'B=2', 'tool']);
  assertDenied(TWO, ['env', '-i', 'A=1', 'B=2', 'tool']);
  assertDenied(TWO, ['env', '-S', 'A=1 B=2 other']);
});

test('env alone is denied, though a filter without patterns stands behind', () => {
  const policy = policyOf('x: EnvFilter, env, root, A=, tool\ny: RegExpFilter, tool, root', [
    'tool',
  ]);
  assertDenied(policy, ['env']);
});

test('the names may come in any order', () => {
  assert.equal(commandPlan(TWO, ['B=2', 'A=1', 'tool']).environment, { A: '1', B: '2' });
});

test('a name too few, too many or another one is denied', () => {
  assertDenied(TWO, ['env', 'A=1', 'tool', 'x']);
  assertDenied(TWO, ['A=1', 'B=2', 'LD_PRELOAD=/tmp/evil.so', 'tool'], /sets A, B, LD_PRELOAD/);
  assertDenied(TWO, ['A=1', 'C=2', 'tool']);
  assertDenied(TWO, ['A=1', 'b=2', 'tool']);
  assertDenied(TWO, ['A=1', 'B =2', 'tool']);
  assertDenied(TWO, ['tool', 'A=1', 'B=2']);
});

test('a name given twice is denied', () => {
  assertDenied(TWO, ['A=1', 'A=2', 'B=3', 'tool']);
  assertDenied(TWO, ['A=1', 'B=2', 'A=3', 'tool']);
  assertDenied(TWO, ['env', 'A=1', 'A=2', 'tool']);
});

test('the values in the filter are not compared', () => {
  const policy = policyOf('x: EnvFilter, env, root, LC_ALL=C, tool', ['tool']);
  assert.equal(commandPlan(policy, ['LC_ALL=de_DE', 'tool']).environment, { LC_ALL: 'de_DE' });
});

test('a variable with an empty value is asked for but not set', () => {
  assert.equal(commandPlan(TWO, ['A=', 'B=2', 'tool']).environment, { B: '2' });
});

test('a word without a name before its = is no variable of the filter', () => {
  assertDenied(TWO, ['A=1', 'B=2', '=3', 'tool']);
  assertDenied(TWO, ['=1', 'B=2', 'tool']);
  const nameless = policyOf('x: EnvFilter, env, root, =, tool', ['tool']);
  assert.equal(commandPlan(nameless, ['=1', 'tool']).environment, {});
});

test('a name that objects inherit is a name like any other', () => {
  const policy = policyOf('x: EnvFilter, env, root, __proto__=, constructor=, tool', ['tool']);
  const { environment } = commandPlan(policy, ['__proto__=1', 'constructor=2', 'tool']);
  assert.equal(Object.entries(environment), [
    ['__proto__', '1'],
    ['constructor', '2'],
  ]);
});

test('words in the filter after the program only say how many there must be', () => {
  const policy = policyOf('x: EnvFilter, env, root, A=, tool, -v, file', ['tool']);
  assertDenied(policy, ['env', 'A=1', 'tool', '-w'], /at least 4 words, not 3/);
  assert.equal(allowedArgs(policy, ['env', 'A=1', 'tool', '-w', 'other']), ['-w', 'other']);
  assert.equal(allowedArgs(policy, ['A=1', 'tool', 'a', 'b', 'c']), ['a', 'b', 'c']);
});

test('the program is called by its path or its base name, and by no other path', () => {
  const policy = policyOf('x: EnvFilter, env, root, A=, /bin/ls');
  assert.is(commandPlan(policy, ['A=1', 'ls']).file, '/bin/ls');
  assert.is(commandPlan(policy, ['A=1', '/bin/ls']).file, '/bin/ls');
  assertDenied(policy, ['A=1', '/tmp/ls']);
  assertDenied(policy, ['A=1', './ls']);
  assertDenied(policy, ['env', 'A=1', '/bin/sh']);
});

test('without env in its place, the filter names the program there', () => {
  const policy = policyOf('x: EnvFilter, tool, root, A=', ['tool']);
  assert.equal(commandPlan(policy, ['A=1', 'tool', 'x']).environment, { A: '1' });
  const venv = policyOf('x: EnvFilter, /opt/venv/tool, root, A=, /bin/ls');
  assert.is(commandPlan(venv, ['A=1', 'ls', 'x']).file, '/bin/ls'); // as oslo.rootwrap reads it
});

test('a filter without names never matches', () => {
  const policy = policyOf('x: EnvFilter, env, root, tool', ['tool', 'env']);
  assertDenied(policy, ['env', 'tool'], /names no variable/);
  assertDenied(policy, ['tool']);
  assertDenied(policy, ['env', 'A=1', 'tool']);
});

test('a program whose name holds = cannot be called', () => {
  const policy = policyOf('x: EnvFilter, A=1, root, A=', ['A=1']);
  assertDenied(policy, ['A=1', 'A=1']);
  assertDenied(policy, ['A=2', 'A=1']);
});

test('env alone, or with variables alone, is denied', () => {
  assertDenied(TWO, ['env']);
  assertDenied(TWO, ['env', 'A=1', 'B=2']);
  assertDenied(TWO, ['A=1', 'B=2', '']);
  assertDenied(policyOf('x: EnvFilter, env, root, A=', ['env']), ['env', 'A=1']);
});

test.run();
