import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { policySourceOf } from '#src/policy/policy-source.js';
import { literalPattern } from '#src/suggest/pattern-text.js';
import { filterFile, filterLine, isWritable, shown } from '#src/suggest/write-filters.js';
import { assertFits } from '../support/ctl.js';

const ODD = [
  '=',
  '#',
  ';',
  '%',
  '%(x)s',
  ',',
  '"',
  "'",
  '\\',
  ' ',
  '\t',
  '\n',
  '\r',
  '[x]',
  ':',
  '.',
];
const word = fc
  .oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc
      .array(fc.oneof(fc.constantFrom(...ODD), fc.string({ maxLength: 3 })))
      .map((all) => all.join('')),
  )
  .filter((text) => text.isWellFormed() && !text.includes('\0'));

const line = (words: readonly string[]) =>
  filterLine({
    name: 'x',
    className: 'RegExpFilter',
    definition: ['x', 'root', 'x', ...words.map(literalPattern)],
  });

const takes = (text: string, words: readonly string[]) =>
  policySourceOf(text, 'test').policy.decide(['x', ...words]).outcome !== 'denied';

test('any words come back from a file as they were, and no others', () => {
  fc.assert(
    fc.property(fc.array(word, { maxLength: 6 }), word, (words, other) => {
      const text = `[Filters]\n${line(words)}\n`;
      assert.ok(takes(text, words), text);
      assert.not.ok(takes(text, [...words, other]), text);
      for (const [index, one] of words.entries()) {
        if (one !== other) assert.not.ok(takes(text, words.with(index, other)), text);
        assert.not.ok(takes(text, words.with(index, `${one}\n`)), text);
      }
    }),
  );
});

test('the pattern of a word is printable ASCII and stands between commas', () => {
  fc.assert(fc.property(word, (text) => assert.ok(isWritable(literalPattern(text)), text)));
});

test('a long line is folded behind commas to 80 columns, and read as one', () => {
  const words = Array.from({ length: 40 }, (_, index) => `word${index}`);
  const text = line(words);
  assertFits(text);
  assert.ok(text.split('\n').length > 3);
  assert.ok(takes(`[Filters]\n${text}\n`, words));
});

test('what a file would not give back is not written', () => {
  for (const wrong of ['', ' a', 'a ', 'a,b', 'a\nb', '#a', ';a', 'é', '\x1b', '\u2028']) {
    assert.not.ok(isWritable(wrong), wrong);
    assert.throws(
      () => filterLine({ name: 'x', className: 'ReadFileFilter', definition: [wrong] }),
      /a filter cannot hold/,
    );
  }
});

test('comments hold hostile words on lines of their own that begin with #', () => {
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), (words) => {
      const commands = [{ words, user: 'root', origin: 'record', count: 1 } as const];
      const text = filterFile(['heading'], [], [{ commands, reason: 'no' }]);
      assertFits(text);
      const lines = text.split('\n').filter((line) => line !== '');
      assert.equal(
        lines.filter((line) => !line.startsWith('#')),
        ['[Filters]'],
      );
    }),
  );
});

test('an example that is long is cut', () => {
  assert.is(shown({ words: ['a', 'x'.repeat(1000)] }).length, 203);
});

test.run();
