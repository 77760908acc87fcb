import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { doInTurns, inTurn } from '#src/daemon/turns.js';

const turnOfTheLoop = () => new Promise((resolve) => setImmediate(resolve));

function* steps(count: number, note: (step: number) => void) {
  for (let step = 1; step <= count; step++) {
    note(step);
    yield;
  }
  return 'all';
}

const unwanted = {
  done: () => assert.unreachable(),
  failed: () => assert.unreachable(),
};

test('work goes up to its first stop at once, and on in later turns of the event loop', async () => {
  const done: unknown[] = [];
  doInTurns(
    steps(2, (step) => done.push(step)),
    () => true,
    { ...unwanted, done: (result) => done.push(result) },
  );
  assert.equal(done, [1]);
  while (done.length < 3) await turnOfTheLoop();
  assert.equal(done, [1, 2, 'all']);
});

test('works that take long go on one after the other, a step each', async () => {
  const order: string[] = [];
  const begin = (name: string) =>
    doInTurns(
      steps(3, (step) => order.push(`${name}${step}`)),
      () => true,
      { ...unwanted, done: () => order.push(name) },
    );
  begin('a');
  begin('b');
  while (order.length < 8) await turnOfTheLoop();
  assert.equal(order, ['a1', 'b1', 'a2', 'b2', 'a3', 'b3', 'a', 'b']);
});

test('the event loop turns while much waits: not all is done in one turn', async () => {
  let left = 10;
  const busy = () => {
    for (const until = performance.now() + 20; performance.now() < until; );
    left--;
  };
  for (let count = left; count > 0; count--) inTurn(busy);
  const leftAtTurns = [left];
  for (; left > 0; leftAtTurns.push(left)) await turnOfTheLoop();
  assert.ok(leftAtTurns.length >= 10, `${leftAtTurns}`);
});

test('work that is wanted no more is dropped at its next turn', async () => {
  let isDropped = false;
  const done: number[] = [];
  doInTurns(
    steps(9, (step) => done.push(step)),
    () => false,
    {
      ...unwanted,
      dropped: () => {
        isDropped = true;
      },
    },
  );
  while (!isDropped) await turnOfTheLoop();
  assert.equal(done, [1]);
});

test('an error before the first stop is told at once', () => {
  const told: unknown[] = [];
  const throwing = steps(1, () => {
    throw new Error('in the first');
  });
  doInTurns(throwing, () => true, {
    ...unwanted,
    failed: (error) => told.push((error as Error).message),
  });
  assert.equal(told, ['in the first']);
});

test('an error in a later turn is told, and others go on', async () => {
  const told: unknown[] = [];
  doInTurns(
    (function* () {
      yield;
      throw new Error('in the second');
    })(),
    () => true,
    { ...unwanted, failed: (error) => told.push((error as Error).message) },
  );
  inTurn(() => told.push('another'));
  while (told.length < 2) await turnOfTheLoop();
  assert.equal(told, ['in the second', 'another']);
});

test.run();
