import { createRequire } from 'node:module';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Pattern, PatternBudget } from '#src/policy/pattern/pattern.js';

/** The most that the kernel takes as one argument, less its final NUL. */
const LONGEST = 128 * 1024 - 1;
const PATHS = '^[/]*([^/\\0]+(/+)?)*$';

/** Uses the processor for so many milliseconds of it. */
function busyFor(milliseconds: number): true {
  const end = process.cpuUsage().user + 1000 * milliseconds;
  while (process.cpuUsage().user < end);
  return true;
}

/** Uses nothing of it; short naps, between which the task can be stopped. */
function asleepFor(milliseconds: number): true {
  const nap = new Int32Array(new SharedArrayBuffer(4));
  for (let slept = 0; slept < milliseconds; slept += 10) Atomics.wait(nap, 0, 0, 10);
  return true;
}

const re2IsLoaded = () =>
  Object.keys(createRequire(import.meta.url).cache).some((file) => file.includes('re2js'));

// Must come first in this file: nothing unloads a module.
test('re2js is loaded at the first linear match and not before', () => {
  const budget = new PatternBudget(1000);
  const linear = new Pattern('a+');
  assert.ok(new Pattern('^/etc/x\\.conf$').matches('/etc/x.conf', budget));
  assert.ok(new Pattern('(?!b)a').matches('a', budget));
  assert.is(linear.engine, 'linear');
  assert.not(re2IsLoaded());
  assert.ok(linear.matches('aa', budget));
  assert.ok(re2IsLoaded());
});

test('a catastrophic pattern that RE2 takes answers for the longest word', () => {
  const pattern = new Pattern(PATHS);
  const budget = new PatternBudget(60_000);
  assert.ok(pattern.matches('a/'.repeat(LONGEST / 2), budget));
  assert.not(pattern.matches(`${'a'.repeat(LONGEST - 1)}\0`, budget));
  assert.not(pattern.matches(`${'/'.repeat(LONGEST - 1)}\0`, budget));
  assert.not(budget.timedOut);
});

test('a catastrophic pattern that needs V8 is stopped, denies and is named', () => {
  const source = `(?!x)${PATHS}`;
  for (const word of [`${'a'.repeat(40)}\0`, `${'a'.repeat(LONGEST - 1)}\0`]) {
    const pattern = new Pattern(source);
    const budget = new PatternBudget(50);
    assert.not(pattern.matches(word, budget));
    assert.ok(budget.timedOut);
    assert.is(budget.slowPattern, source);
    assert.is(pattern.refusal(budget), `pattern ${source} took too long`);
  }
});

test('a large program on a large word is stopped too, and answers rightly afterwards', () => {
  const pattern = new Pattern('.*(?:a|b|ab|ba){500}.{0,400}x');
  const budget = new PatternBudget(50);
  assert.is(pattern.engine, 'linear');
  assert.not(pattern.matches('ab'.repeat(LONGEST / 2), budget));
  assert.ok(budget.timedOut);
  assert.ok(pattern.matches(`${'ab'.repeat(300)}x`, new PatternBudget(60_000)));
  assert.not(pattern.matches(`${'ab'.repeat(300)}y`, new PatternBudget(60_000)));
});

test('a stopped pattern answers other words afterwards', () => {
  const pattern = new Pattern(`(?!x)${PATHS}`);
  assert.not(pattern.matches(`${'a'.repeat(40)}\0`, new PatternBudget(50)));
  assert.ok(pattern.matches('/a/b', new PatternBudget(60_000)));
});

test('once matches have used up their part, further bounded patterns deny and linear ones go on', () => {
  const budget = new PatternBudget(50);
  new Pattern(`(?!x)${PATHS}`).matches(`${'a'.repeat(40)}\0`, budget);
  const late = new Pattern('(?!x)y');
  assert.not(late.matches('y', budget));
  assert.is(late.refusal(budget), 'pattern (?!x)y did not match, or had no time left to');
  assert.ok(new Pattern('y+').matches('y', budget));
  assert.ok(late.matches('y', new PatternBudget(60_000)));
});

test('the time of one match is charged to the next', () => {
  const budget = new PatternBudget(200);
  let tasks = 0;
  while (budget.run(`task ${++tasks}`, () => busyFor(20)) !== 'timeout');
  assert.ok(tasks > 1, `${tasks}`);
  assert.is(budget.slowPattern, `task ${tasks}`);
});

test('patterns are not even read once all time is used up, whatever engine they are for', () => {
  const budget = new PatternBudget(10);
  const broken = new Pattern('(');
  while (budget.spend('busy', () => busyFor(5)) !== 'timeout');
  assert.not(new Pattern('y+').matches('y', budget));
  assert.not(broken.matches('(', budget));
  assert.ok(new Pattern('plain').matches('plain', budget), 'a comparison costs nothing');
  assert.is(budget.slowPattern, 'busy');
});

test('reading and compiling patterns is counted: in the end there is no time for another', () => {
  const budget = new PatternBudget(5);
  let count = 0;
  while (!budget.timedOut) new Pattern(`(?i)[\\w\\s]*x${count++}`).matches('abcé', budget);
  assert.ok(count > 1 && count < 2000, `${count}`);
});

test('a task that waits, or whose process is stopped for a while, uses up nothing', () => {
  const budget = new PatternBudget(100);
  const pattern = new Pattern('(?!x)[a-y]+');
  for (let round = 0; round < 3; round++) {
    assert.is(
      budget.run('waiting', () => asleepFor(90)),
      true,
    );
    assert.ok(pattern.matches('abc', budget));
  }
});

test('a task that was stopped before it had its processor time is begun again', () => {
  const budget = new PatternBudget(100);
  let attempts = 0;
  const task = () => (++attempts === 1 ? asleepFor(60_000) : true);
  assert.is(budget.run('first attempt asleep', task), true);
  assert.is(attempts, 2);
});

test('a budget of nothing runs nothing', () => {
  const run = () => assert.unreachable();
  assert.is(new PatternBudget(0).run('first', run as () => never), 'timeout');
});

test('an answer in time reports no timeout', () => {
  const budget = new PatternBudget(60_000);
  assert.ok(new Pattern('(?!x)y').matches('y', budget));
  assert.not(budget.timedOut);
  assert.is(budget.slowPattern, undefined);
});

test('a pattern too large for V8 denies, and says so', () => {
  const pattern = new Pattern(`(?=${'a?'.repeat(20_000)})a`);
  assert.not(pattern.matches('a', new PatternBudget(60_000)));
  assert.is(pattern.problem, 'is not supported: too large');
});

test('a pattern too large for RE2 goes to V8', () => {
  const pattern = new Pattern(`(?:${'abc'.repeat(500)}){1000}|a`);
  assert.is(pattern.engine, 'linear');
  assert.ok(pattern.matches('a', new PatternBudget(60_000)));
  assert.is(pattern.engine, 'bounded');
  assert.not(pattern.matches('b', new PatternBudget(60_000)));
});

test('a word that exhausts an engine denies that word only', () => {
  const pattern = new Pattern('(?!x)y');
  const budget = new PatternBudget(60_000);
  const failing = {
    run: () => {
      throw new RangeError('out of memory');
    },
    spend: (_pattern: string, task: () => unknown) => task(),
    giveUp: (source: string) => budget.giveUp(source),
  };
  assert.not(pattern.matches('y', failing as unknown as PatternBudget));
  assert.ok(budget.timedOut);
  assert.ok(pattern.matches('y', new PatternBudget(60_000)));
});

test.run();
