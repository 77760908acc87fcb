import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { examples } from './examples.js';
import { IDS } from './exceptions.js';
import { createWorld } from './world.js';

const TABLE = new URL('../../../docs/compatibility.md', import.meta.url);

/** The ids that start the rows of the tables. */
function rows(): string[] {
  const text = readFileSync(TABLE, 'utf8');
  return [...text.matchAll(/^\| `([a-z0-9-]+)` \|/gm)].map(([, id]) => id ?? '');
}

test('every exception of this suite is a row of docs/compatibility.md', () => {
  const known = rows();
  for (const id of IDS) assert.ok(known.includes(id), id);
});

test('every exception of this suite has an example', () => {
  const shown = new Set(examples(createWorld()).map(({ id }) => id));
  for (const id of IDS) assert.ok(shown.has(id), id);
});

test('no row is there twice', () => {
  assert.equal(rows(), [...new Set(rows())]);
});

test.run();
