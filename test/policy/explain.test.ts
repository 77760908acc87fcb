import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { policyOf } from '../support/policy-files.js';

test('an allowed command tells the filter, its place and what runs as whom', () => {
  const policy = policyOf('list: CommandFilter, /bin/ls, nobody');
  const { outcome, filter, file, line, plan, text } = policy.explain(['ls', "it's"]);
  assert.equal([outcome, filter, line], ['allowed', 'list', 2]);
  assert.match(file ?? '', /test\.filters$/);
  assert.equal(plan?.argv, ['/bin/ls', "it's"]);
  assert.is(text, `allowed: ['ls', "it's"] runs ['/bin/ls', "it's"] as nobody (${file}:2: list)`);
});

test('a missing executable is told as the filter has it', () => {
  const { outcome, filter, text } = policyOf('x: CommandFilter, gone, root').explain(['gone']);
  assert.equal([outcome, filter], ['not-executable', 'x']);
  assert.match(text, /^not executable: gone is not there \(.*test\.filters:2: x\)\n/);
  assert.match(text, /\n {2}.*:2: x: matches, but gone is not there$/);
});

test('a refusal tells each filter that was asked, with the word it fell on', () => {
  const lines = 'one: RegExpFilter, t, root, t, a+\ntwo: RegExpFilter, t, root, t, b, c';
  const { text } = policyOf(lines).explain(['t', 'x']);
  const [headline, one, two, ...rest] = text.split('\n');
  assert.is(headline, "denied: ['t', 'x']");
  assert.match(one ?? '', /^ {2}\/.*test\.filters:2: one: 'x' does not match a\+$/);
  assert.match(two ?? '', /^ {2}\/.*test\.filters:3: two: takes 3 words, not 2$/);
  assert.equal(rest, []);
});

test('a refusal that nobody was asked about says so', () => {
  const { text, misses } = policyOf('x: CommandFilter, ls, root').explain(['id']);
  assert.is(text, "denied: ['id']: no filter is about this command");
  assert.equal(misses, []);
});

test('the filter that is always there has no line', () => {
  const { text } = policyOf('x: CommandFilter, ls, root').explain(['privsep-helper']);
  assert.match(text, /\(privsep-helper \(always there; privsep_helper = false turns it off\)\)/);
});

test('control characters and line ends in words are escaped', () => {
  const policy = policyOf('x: RegExpFilter, t, root, t, a\ny: CommandFilter, u, root', ['u']);
  const word = 'a\n\x1b[2J\u202e\u2028allowed: ';
  for (const words of [['t', word], ['u', word], [word]]) {
    const { text } = policy.explain(words);
    assert.not.match(text, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\u2028]/);
    assert.not.match(text, /\nallowed: /);
    assert.ok(text.includes('\\x1b[2J\\u202e'), text);
  }
  assert.is(policy.explain(['t', word]).text.split('\n').length, 2);
});

test.run();
