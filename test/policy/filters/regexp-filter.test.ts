import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { allowedArgs, assertDenied } from '../../support/decisions.js';
import { policyOf } from '../../support/policy-files.js';

test('each word must match its pattern, the first the program name', () => {
  const policy = policyOf('x: RegExpFilter, tool, root, tool, --size, \\d+M', ['tool']);
  assert.equal(allowedArgs(policy, ['tool', '--size', '20M']), ['--size', '20M']);
  assertDenied(policy, ['tool', '--size', '20G'], /'20G' does not match \\d\+M/);
  assertDenied(policy, ['tool', '--SIZE', '20M']);
});

test('there must be as many words as patterns', () => {
  const policy = policyOf('x: RegExpFilter, tool, root, tool, .*', ['tool']);
  assertDenied(policy, ['tool'], /takes 2 words, not 1/);
  assertDenied(policy, ['tool', 'a', 'b'], /takes 2 words, not 3/);
});

test('a pattern must match the whole word, whatever alternation or line end is in it', () => {
  const policy = policyOf('x: RegExpFilter, tool, root, tool, a|b', ['tool']);
  assert.equal(allowedArgs(policy, ['tool', 'b']), ['b']);
  assertDenied(policy, ['tool', 'axyz']);
  assertDenied(policy, ['tool', 'a\n']);
  assertDenied(policy, ['tool', 'xb']);
});

test('the first pattern decides about the name, not the executable', () => {
  const policy = policyOf('x: RegExpFilter, tool, root, (tool|other), .*', ['tool', 'other']);
  assert.equal(allowedArgs(policy, ['other', 'a']), ['a']);
  assertDenied(policy, ['third', 'a']);
});

test('a pattern that does not compile denies and says so', () => {
  const policy = policyOf('x: RegExpFilter, tool, root, tool, a(b', ['tool']);
  assertDenied(policy, ['tool', 'a(b'], /does not compile/);
});

test('a filter without patterns matches nothing', () => {
  assertDenied(policyOf('x: RegExpFilter, tool, root', ['tool']), ['tool']);
});

test('a pattern that takes too long denies and says so', () => {
  const slow = '(?!x)([^/]+(/+)?)*!';
  const policy = policyOf(`x: RegExpFilter, find, root, find, ${slow}`, ['find']);
  assertDenied(policy, ['find', 'a'.repeat(60)], /too long/);
  assert.equal(allowedArgs(policy, ['find', 'a/b!']), ['a/b!']);
});

test('the same pattern without a lookahead answers in linear time', () => {
  const policy = policyOf('x: RegExpFilter, find, root, find, ([^/]+(/+)?)*!', ['find']);
  assertDenied(policy, ['find', 'a'.repeat(5000)], /does not match/);
});

test.run();
