import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EnvFilter } from '#src/policy/filters/env-filter.js';
import { type MatchContext, refuse, verdictOf } from '#src/policy/filters/filter.js';
import { RegExpFilter } from '#src/policy/filters/regexp-filter.js';
import { Pattern, PatternBudget } from '#src/policy/pattern/pattern.js';
import { Policy } from '#src/policy/policy.js';
import { policyFiles } from '../support/policy-files.js';

const SOURCE = { name: 'a', className: 'RegExpFilter', file: 'f', line: 1 };
const COUNT = 40;

/** Stops of a decision whose turns last for no time at all, and what it comes to. */
function stopsOf(policy: Policy, words: readonly string[]) {
  const steps = policy.deciding(words, 0);
  let stops = 0;
  for (;;) {
    const { done, value } = steps.next();
    if (done) return { stops, decision: value };
    stops++;
  }
}

function policyOf(filters: string): Policy {
  return Policy.load(policyFiles(filters, 'exec_dirs = /usr/bin,/bin').config);
}

const patterns = (first: string) =>
  Array.from({ length: COUNT }, (_, i) => `f${i}: RegExpFilter, cat, root, ${first}, [x-z]+${i}`);

test('a decision that takes long stops at every filter with patterns, and comes to the same', () => {
  const policy = policyOf([...patterns('cat'), 'cat: CommandFilter, cat, root'].join('\n'));
  for (const words of [
    ['cat', 'abc'],
    ['cat', 'x39'],
    ['dog', 'abc'],
  ]) {
    const { stops, decision } = stopsOf(policy, words);
    assert.equal(decision, policy.decide(words));
    if (words[0] === 'cat') assert.ok(stops >= COUNT, `${words}: ${stops}`);
  }
});

test('it stops as often behind a prefix, whose first word may be a path', () => {
  const policy = policyOf(
    ['ip: IpNetnsExecFilter, ip, root', ...patterns('(?:/usr)?(?:/bin/)?cat')].join('\n'),
  );
  for (const program of ['cat', '/usr/bin/cat']) {
    const words = ['ip', 'netns', 'exec', 'blue', program, 'abc'];
    const { stops, decision } = stopsOf(policy, words);
    assert.ok(stops >= COUNT, `${stops}`);
    assert.equal(decision, policy.decide(words));
    assert.is(stopsOf(policy, [...words.slice(0, -1), 'x39']).decision.outcome, 'allowed');
  }
});

test('it stops between two paths', () => {
  const places = Array.from({ length: COUNT }, () => '/usr/bin').join(', ');
  const policy = policyOf(`cat: PathFilter, cat, root, ${places}`);
  const { stops, decision } = stopsOf(policy, ['cat', ...Array(COUNT).fill('/usr/bin/env')]);
  assert.ok(stops >= COUNT, `${stops}`);
  assert.is(decision.outcome, 'allowed');
});

const within = (budget: PatternBudget): MatchContext => ({
  budget,
  path: () => [],
  decideInner: () => refuse('is not asked'),
});

test('a filter does not read a pattern to tell why, once no time is left', () => {
  const budget = new PatternBudget(0);
  const filter = new RegExpFilter(SOURCE, ['cat', 'root', '(']);
  const verdict = verdictOf(filter, ['a'], within(budget));
  assert.is(verdict.matched === false && verdict.reason, 'took pattern ( too long');
  const next = verdictOf(new RegExpFilter(SOURCE, ['cat', 'root', '[']), ['a'], within(budget));
  assert.is(next.matched === false && next.reason, 'does not match [, or had no time left to');
  const pattern = new Pattern('[');
  assert.not(pattern.matches('a', budget));
  assert.is(pattern.refusal(budget), 'pattern [ did not match, or had no time left to');
});

test('a single match has less time than all of a decision', () => {
  const budget = new PatternBudget(60_000, { longestMatch: 20 });
  const endless = new Pattern('(?!x)(a+)+b');
  assert.not(endless.matches('a'.repeat(40), budget));
  assert.is(budget.slowPattern, endless.source);
  assert.ok(new Pattern('(?!x)y').matches('y', budget), 'the next has its own');
});

test('processor time that others use while a decision stops is not its own', () => {
  const budget = new PatternBudget(50, { turn: 0 });
  const nap = () => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60);
    return true;
  };
  assert.is(budget.run('asks the clock for the first time', nap), true);
  for (const _ of budget.pause()) {
    for (const until = process.cpuUsage().user + 100_000; process.cpuUsage().user < until; );
  }
  assert.is(
    budget.run('has all of its time', () => true),
    true,
  );
});

test('a refusal of an EnvFilter is short, however many variables there are', () => {
  const filter = new EnvFilter(SOURCE, ['env', 'root', 'A=', 'true']);
  const words = [...Array.from({ length: 60_000 }, (_, i) => `N${'x'.repeat(500)}${i}=`), 'true'];
  const verdict = filter.match(words);
  assert.ok(!verdict.matched && verdict.reason.length < 2000);
  const many = filter.match(['A=1', 'A=2', ...Array(60_000).fill('A='), 'true']);
  assert.not(many.matched);
});

test.run();
