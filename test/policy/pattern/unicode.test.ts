import { spawnSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  asciiPart,
  characterClass,
  complement,
  has,
  union,
} from '#src/policy/pattern/code-point-set.js';
import { category, ignoringCase, unicodeCase } from '#src/policy/pattern/unicode.js';
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

test('with the ASCII flag the categories have what Python’s documentation of re lists', () => {
  for (const [letter, listed] of [
    ['d', /[0-9]/],
    ['s', /[ \t\n\r\f\v]/],
    ['w', /[a-zA-Z0-9_]/],
  ] as const) {
    for (let code = 0; code < 0x500; code++) {
      const isListed = listed.test(String.fromCodePoint(code));
      assert.is(has(category(letter, true), code), isListed, `\\${letter} and ${code}`);
    }
  }
});

/** For each cased letter of the basic plane, which cased letters `(?i)letter` finds. */
const LETTERS = `
import json, re
cased = [chr(c) for c in range(0x10000) if not 0xD800 <= c <= 0xDFFF
         and (chr(c).lower() != chr(c) or chr(c).upper() != chr(c))]
text = ''.join(cased)
print(json.dumps([[c, ''.join(re.findall('(?i)' + re.escape(c), text)),
                   ''.join(re.findall('(?i)[^-' + re.escape(c) + ']', text)) == ''.join(
                       sorted(set(cased) - set(re.findall('(?i)' + re.escape(c), text))))]
                  for c in cased]))
`;

test('ignoring case, every letter matches the letters that Python finds', () => {
  const title = 'ignoring case, every letter matches the letters that Python finds';
  const python = findPython();
  if (python === undefined) return console.log(`SKIP: needs python3: ${title}`);
  const { stdout } = spawnSync(python, ['-c', LETTERS], { encoding: 'utf8', maxBuffer: 1 << 26 });
  const said: [string, string, boolean][] = JSON.parse(stdout);
  assert.ok(said.length > 2000);
  for (const [letter, found, complementary] of said) {
    const point = letter.codePointAt(0) as number;
    const set = ignoringCase([point, point], false);
    const ours = said.filter(([other]) => has(set, other.codePointAt(0) as number));
    assert.is(ours.map(([other]) => other).join(''), found, letter);
    assert.ok(complementary, letter);
  }
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
