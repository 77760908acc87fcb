import { spawnSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  asciiPart,
  characterClass,
  complement,
  union,
} from '#src/policy/pattern/code-point-set.js';
import { category, unicodeCase } from '#src/policy/pattern/unicode.js';
import { findPython } from './python-oracle.js';

const SCRIPT = 'test/policy/pattern/print-unicode-tables.py';

test('the tables say what Python with Unicode 14 says of every code point', () => {
  const title = 'the tables say what Python says';
  const python = findPython();
  if (python === undefined) return console.log(`SKIP: needs python3: ${title}`);
  const { stdout } = spawnSync(python, [SCRIPT, '--json'], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  const said = JSON.parse(stdout);
  if (said.unicode !== '14.0.0') return console.log(`SKIP: needs Unicode 14 in python3: ${title}`);
  assert.equal(category('w', false), said.word.flat());
  assert.equal(category('d', false), said.digit.flat());
  assert.equal(category('s', false), said.space.flat());
  assert.equal([...unicodeCase().lower], said.lower);
  const extra = [...unicodeCase().extra].map(([letter, equals]) => [String(letter), equals]);
  assert.equal(Object.fromEntries(extra), said.extra);
});

test('sets join where they touch', () => {
  assert.equal(union([5, 9], [1, 2], [3, 3], [20, 30], [8, 12]), [1, 3, 5, 12, 20, 30]);
});

test('the complement of the complement is the set itself', () => {
  for (const set of [[], [0, 0x10ffff], [0, 5], [7, 9, 0x10ffff, 0x10ffff]]) {
    assert.equal(complement(complement(set)), set);
  }
});

test('the ASCII part of a set ends below 0x80', () => {
  assert.equal(asciiPart([0x30, 0x39, 0x7e, 0x90, 0x100, 0x200]), [0x30, 0x39, 0x7e, 0x7f]);
});

test('a class is written in escapes, and an empty one matches nothing', () => {
  assert.is(characterClass([0x5d, 0x5d, 0x5e, 0x60], '\\x'), '[\\x{5d}\\x{5e}-\\x{60}]');
  assert.is(characterClass([0x2d, 0x2d], '\\u'), '\\u{2d}');
  assert.is(characterClass([], '\\x'), '[^\\x{0}-\\x{10ffff}]');
});

test.run();
