import { setImmediate as turn } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { doInSlices, type Slices } from '#src/wire/slices.js';

/** What is called, and in which turn of the event loop. */
async function called(work: Slices<string>, isWanted = () => true): Promise<string[]> {
  const calls: string[] = [];
  let turns = 0;
  const turned = () => {
    turns++;
    if (turns < 5) setImmediate(turned);
  };
  setImmediate(turned);
  const tell = (what: string) => calls.push(`${what} after ${turns} turns`);
  doInSlices(
    work,
    isWanted,
    (result) => tell(result),
    (error) => tell((error as Error).message),
  );
  while (turns < 5) await turn();
  return calls;
}

function* slices(count: number, end: () => string): Slices<string> {
  for (let slice = 0; slice < count; slice++) yield;
  return end();
}

const fails = () => {
  throw new Error('failed');
};

test('work of one slice is done at once', async () => {
  assert.equal(await called(slices(0, () => 'done')), ['done after 0 turns']);
});

test('the event loop turns between two slices', async () => {
  assert.equal(await called(slices(3, () => 'done')), ['done after 3 turns']);
});

test('what work throws is told, in whichever slice, and nothing else is', async () => {
  assert.equal(await called(slices(0, fails)), ['failed after 0 turns']);
  assert.equal(await called(slices(2, fails)), ['failed after 2 turns']);
});

test('work that is not wanted any more is not gone on with', async () => {
  let ran = false;
  const work = slices(2, () => {
    ran = true;
    return 'done';
  });
  assert.equal(await called(work, () => false), []);
  assert.not(ran);
});

test.run();
