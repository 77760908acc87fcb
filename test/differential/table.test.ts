import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ROOT } from '../support/executable.js';
import { rows } from './compatibility-rows.js';
import { examples } from './examples.js';
import { IDS } from './exceptions.js';
import { createWorld } from './world.js';

const world = createWorld();

test('every exception of this suite is a row of docs/compatibility.md', () => {
  const known = rows().map(({ id }) => id);
  for (const id of IDS) assert.ok(known.includes(id), id);
});

test('every exception of this suite has an example', () => {
  const shown = new Set(examples(world).map(({ id }) => id));
  for (const id of IDS) assert.ok(shown.has(id), id);
});

test('no row is there twice', () => {
  const ids = rows().map(({ id }) => id);
  assert.equal(ids, [...new Set(ids)]);
});

test('every row names tests, and they are there', () => {
  for (const { id, tests } of rows()) {
    assert.ok(tests.length > 0, id);
    for (const path of tests) assert.ok(existsSync(join(ROOT, path)), `${id}: ${path}`);
  }
});

test.run();
