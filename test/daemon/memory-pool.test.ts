import { setTimeout as wait } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { MemoryPool, type Reservation } from '#src/daemon/memory-pool.js';

const turn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

function taken(pool: MemoryPool, bytes: number): Reservation {
  const reservation = pool.take(bytes);
  if (reservation === undefined) throw new Error(`no ${bytes} bytes`);
  return reservation;
}

test('what is there can be taken, and no more', () => {
  const pool = new MemoryPool(100);
  const first = taken(pool, 60);
  assert.is(pool.take(41), undefined);
  taken(pool, 40);
  first.shrink(50);
  assert.is(pool.take(11), undefined);
  taken(pool, 10);
  assert.is(pool.taken, 100);
});

test('a reservation gives back what it has, once', () => {
  const pool = new MemoryPool(100);
  const whole = taken(pool, 60);
  const part = whole.part(20);
  whole.release();
  whole.release();
  assert.is(pool.taken, 20);
  part.shrink(30);
  assert.is(pool.taken, 20);
  part.release();
  assert.is(pool.taken, 0);
});

test('who waits is served in order, when there is enough for the first', async () => {
  const pool = new MemoryPool(100);
  const all = taken(pool, 100);
  const served: number[] = [];
  for (const bytes of [50, 60, 10]) pool.wait(bytes, () => served.push(bytes));
  await turn();
  assert.equal(served, []);
  all.shrink(45);
  await turn();
  assert.equal(served, [50]);
  assert.is(pool.take(1), undefined, 'others wait for it');
  all.release();
  await turn();
  assert.equal(served, [50]);
});

test('who no longer waits makes way for the next', async () => {
  const pool = new MemoryPool(100);
  taken(pool, 80);
  const served: number[] = [];
  const stop = pool.wait(30, () => served.push(30));
  pool.wait(20, () => served.push(20));
  await turn();
  assert.equal(served, []);
  stop();
  await turn();
  assert.equal(served, [20]);
  assert.is(pool.taken, 100);
});

test('a larger size serves who waits, a smaller one takes nothing away', async () => {
  const pool = new MemoryPool(10);
  const served: number[] = [];
  pool.wait(20, () => served.push(20));
  await turn();
  assert.equal(served, []);
  pool.resize(20);
  await turn();
  assert.equal(served, [20]);
  pool.resize(5);
  assert.is(pool.taken, 20);
  assert.is(pool.take(1), undefined);
});

/** As after so many milliseconds, when who waits is looked at next. */
async function later(ms: number, body: () => unknown): Promise<void> {
  const { now } = performance;
  performance.now = () => now.call(performance) + ms;
  try {
    await wait(1100);
    await body();
  } finally {
    performance.now = now;
  }
}

test('who has waited for ten seconds is told, and makes way for the next', async () => {
  const pool = new MemoryPool(100);
  taken(pool, 80);
  const told: string[] = [];
  pool.wait(
    30,
    () => told.push('served 30'),
    () => told.push('tired'),
  );
  pool.wait(20, () => told.push('served 20'));
  await later(5000, () => assert.equal(told, []));
  await later(11_000, turn);
  assert.equal(told, ['tired', 'served 20']);
});

test('who waits without an end waits on', async () => {
  const pool = new MemoryPool(100);
  const all = taken(pool, 100);
  let isServed = false;
  pool.wait(1, () => {
    isServed = true;
  });
  await later(11_000, turn);
  assert.not(isServed);
  all.release();
  await turn();
  assert.ok(isServed);
});

test('who holds memory for ten seconds is cut while others wait, and only then', async () => {
  const pool = new MemoryPool(100);
  taken(pool, 100);
  const told: string[] = [];
  pool.lend(() => told.push('cut'));
  pool.lend(() => told.push('not cut'))();
  await later(11_000, turn);
  assert.equal(told, []);
  const stop = pool.wait(
    1,
    () => {},
    () => told.push('tired'),
  );
  await later(11_000, turn);
  assert.equal(told, ['cut'], 'what it frees may be enough');
  stop();
});

test.run();
