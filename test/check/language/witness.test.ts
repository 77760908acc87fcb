import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Effort, PolicyEffort } from '#src/check/language/effort.js';
import { Nfa } from '#src/check/language/nfa.js';
import { commonWords, shortestWord } from '#src/check/language/witness.js';
import { parse } from '#src/policy/pattern/parse.js';
import { Pattern, PatternBudget } from '#src/policy/pattern/pattern.js';

function common(a: string, b: string): string[] {
  return [...commonWords(Nfa.of(parse(a)), Nfa.of(parse(b)))];
}

function matches(pattern: string, word: string): boolean {
  return new Pattern(pattern).matches(word, new PatternBudget(1000));
}

test('the shortest word that both take comes first', () => {
  assert.is(common('a{2,5}', 'a*')[0], 'aa');
  assert.is(common('/var/lib/[a-z./]+', '.*/\\.\\./.*')[0], '/var/lib/../');
  assert.is(shortestWord(Nfa.of(parse('x?')), Nfa.of(parse('.*'))), '');
});

test('where there is no common word none is offered', () => {
  assert.equal(common('[a-z]+', '.*[0-9].*'), []);
  assert.equal(common('/etc/(?!.*\\.\\.).*', '.*\\.\\..*'), []);
  assert.equal(common('[^/]+', '.*/.*'), []);
});

test('look-ahead counts wherever it stands, and may be satisfied by what follows', () => {
  assert.is(common('/etc/(?!\\.\\.).*', '/etc/.*\\.\\./tmp/x')[0]?.startsWith('/etc/../'), false);
  assert.match(common('(?=.*b)[abc]{3}', 'a.*')[0] ?? '', /b/);
  assert.equal(common('(?!abc$)abc', '.*'), []);
  assert.equal(common('(?!ab)a[bc]', '.*'), ['ac']);
  assert.equal(common('(?=a)b', '.*'), []);
  assert.is(common('(?!ab$).*', 'ab.*')[0], 'abx');
});

test('anchors hold at their ends only', () => {
  assert.is(common('^a$', '.*')[0], 'a');
  assert.equal(common('a^b', '.*'), []);
  assert.equal(common('a$b', '.*'), []);
});

test('a start in a look-ahead is the start of the word', () => {
  assert.equal(common('(?=^a)ab', '.*'), ['ab']);
  assert.equal(common('a(?=^b)b', '.*'), []);
  assert.equal(common('(?!^a)[ab]', '.*'), ['b']);
});

test('a dollar sign also stands before a last newline', () => {
  assert.equal(common('a$\\s', '(?s:.)*'), ['a\n']);
  assert.equal(common('a$\\s', '.*'), []);
  assert.equal(common('a$\\n\\n', '(?s:.)*'), []);
});

test('counted repetitions are laid out one by one', () => {
  const word = common('(?:/[a-z.]+){60}', '(?:/\\.)*/etc/shadow')[0] ?? '';
  assert.ok(matches('(?:/[a-z.]+){60}', word), word);
});

test('a search that gives up says so', () => {
  const search = (effort: Effort) =>
    shortestWord(Nfa.of(parse('[a-z]+x')), Nfa.of(parse('.*y')), effort);
  const enough = new Effort();
  assert.is(search(enough), undefined);
  assert.is(enough.gaveUp, false);
  const little = new Effort(3);
  assert.is(search(little), undefined);
  assert.is(little.gaveUp, true);
});

test('a pattern that gets no answer in time is one on which was given up', () => {
  const effort = new Effort(1000, 0);
  assert.is(new Pattern('(?=a)a').matches('a', effort.patterns), false);
  assert.is(effort.gaveUp, true);
});

test('the filters of a policy share what may be spent', () => {
  const whole = new PolicyEffort();
  const greedy = () => whole.forFilter((effort) => effort.spend(290_000) && !effort.gaveUp);
  assert.is(greedy(), true);
  for (let filter = 0; filter < 100; filter++) greedy();
  assert.is(greedy(), false);
});

test('after some filters with slow patterns there is no time for others', () => {
  const whole = new PolicyEffort();
  const slow = () => {
    whole.forFilter(({ patterns }) => patterns.giveUp('x'));
  };
  const matchesHere = () =>
    whole.forFilter(({ patterns }) => new Pattern('(?=a)a').matches('a', patterns));
  slow();
  assert.is(matchesHere(), true);
  for (let filter = 0; filter < 10; filter++) slow();
  assert.is(matchesHere(), false);
});

test('large repetitions and references take more, and the pattern itself decides', () => {
  assert.is(common('a{3,100000}', 'a+')[0], 'aaa');
  assert.ok(common('(a+)b\\1', '.*').length > 0);
});

test('a pattern too large to lay out ends in time and still takes its words', () => {
  const large = `(?:${'(?:a{40}){40}'}){40}`;
  assert.ok(Nfa.of(parse(large)).truncated);
});

/** Small patterns without what a graph can only guess at. */
const pattern = fc.letrec<{ whole: string; part: string }>((tie) => ({
  part: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constantFrom('a', 'b', '/', '\\.', '[ab]', '[^a]', '.', '\\w', '^', '$', '\\n'),
    tie('whole').map((inner) => `(?:${inner})`),
    tie('whole').map((inner) => `(?!${inner})`),
    tie('whole').map((inner) => `(?=${inner})`),
  ),
  whole: fc
    .array(fc.tuple(tie('part'), fc.constantFrom('', '', '*', '+', '?', '{2}')), { maxLength: 4 })
    .map((parts) =>
      parts
        .map(([part, times]) => (/^(?:\^|\$|\(\?[!=])/.test(part) ? part : part + times))
        .join(''),
    ),
})).whole;
const word = fc.string({ unit: fc.constantFrom('a', 'b', '/', '.', 'x', '\n'), maxLength: 5 });

test('every word offered is taken by both, and a word that both take is never overlooked', () => {
  let both = 0;
  fc.assert(
    fc.property(pattern, pattern, fc.array(word, { minLength: 8, maxLength: 8 }), (a, b, tries) => {
      const right = b.replace(/\(\?[!=]/g, '(?:').replaceAll('$', '');
      const offered = common(a, right);
      for (const text of offered) {
        assert.ok(matches(right, text), `${right} does not take ${text}`);
        // looks inside of looks are left out
        if (!/\(\?[!=].*\(\?[!=]/.test(a))
          assert.ok(matches(a, text), `${a} does not take ${text}`);
      }
      const shared = tries.find((text) => matches(a, text) && matches(right, text));
      if (shared === undefined) return;
      both++;
      assert.ok(offered.length > 0, `${a} and ${right} both take ${JSON.stringify(shared)}`);
    }),
    { numRuns: 2000, seed: 20261121 },
  );
  assert.ok(both > 100, `only ${both} cases had a common word`);
});

test.run();
