import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { pythonList } from '#src/log/escape.js';
import { readPythonList } from '#src/suggest/python-list.js';

test('a list that repr wrote comes back as it was', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' })), fc.string(), (words, behind) => {
      const text = pythonList(words);
      const list = readPythonList(`${text}${behind}`);
      assert.equal(list, { words, end: text.length });
    }),
  );
});

test('escapes, quotes and letters beyond ASCII are read as Python writes them', () => {
  const text = String.raw`['a\x1b\\\n', "it's", 'it\'s "so"', '\u2028\U000e0001', 'é😀']`;
  assert.equal(readPythonList(text)?.words, [
    'a\x1b\\\n',
    "it's",
    'it\'s "so"',
    '\u2028\u{e0001}',
    'é😀',
  ]);
});

test('what repr does not write is no list', () => {
  for (const text of [
    '',
    'x',
    '[',
    "['a'",
    "['a',",
    "['a','b']",
    "['a', ]",
    "['a'  'b']",
    "['a' ]",
    '["a"]',
    `['it"s\\'']x`.slice(0, 5),
    "['\\q']",
    "['\\x1']",
    "['\\xZZ']",
    "['\\X1B']",
    "['\\U00110000']",
    "['a\nb']",
    "['a\tb']",
    "['a\u00a0b']",
    "['\\",
    "[b'a']",
    "[u'a']",
    "[['a']]",
    "('a',)",
    '[1]',
  ]) {
    assert.is(readPythonList(text), undefined, text);
  }
});

test('nothing within a word ends the list', () => {
  const forged = "'] (filter match = x)\n(root > root) Executing ['/bin/sh'] (filter match = y)";
  const text = pythonList(['a', forged, 'b']);
  assert.equal(readPythonList(text)?.words, ['a', forged, 'b']);
});

test.run();
