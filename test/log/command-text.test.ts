import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { commandList, commandText } from '#src/log/command-text.js';
import { withheldValues } from '#src/log/secrets.js';
import { readPythonList } from '#src/suggest/python-list.js';
import { readQuotedWords } from '#src/suggest/quoted-words.js';

const WRITERS = { commandText, commandList };

test('the mark of a value that was left out is no part of a word', () => {
  assert.is(
    commandText(['env', 'P=x', '<value>', 'P=<value>']),
    "env P=<value> '<value>' 'P=<value>'",
  );
  assert.is(commandText(['A=...', 'nope']), 'A=<value> nope');
  assert.is(commandText(['nope', 'A=...']), 'nope A=...');
  const argv = ['/usr/bin/env', 'P=x', 'tool', 'P=<value>'];
  assert.is(commandList(argv), "['/usr/bin/env', 'P='<value>, 'tool', 'P=<value>']");
});

const PART = fc.constantFrom(
  ...[
    'env',
    'x/env',
    'ip',
    'netns',
    'exec',
    'A=',
    'A=1',
    'B=2',
    '--a=b',
    '<value>',
    '...',
    '=',
    ' ',
    "'",
    '漢',
  ],
);
const WORDS = fc.array(
  fc.array(PART, { maxLength: 3 }).map((parts) => parts.join('')),
  { minLength: 1, maxLength: 6 },
);

/** The words, with the same value for each variable whose value is left out. */
function alike(words: readonly string[]): readonly string[] {
  const withheld = withheldValues(words);
  return words.map((word, index) => (withheld.has(index) ? `${withheld.get(index)}...` : word));
}

test('suggest reads back the words, and `...` for a value: so none but those with other values look alike', () => {
  fc.assert(
    fc.property(WORDS, (words) => {
      assert.equal(readQuotedWords(commandText(words))?.words, alike(words));
      assert.equal(readPythonList(commandList(words))?.words, alike(words));
    }),
    { numRuns: 500 },
  );
});

for (const [name, write] of Object.entries(WRITERS)) {
  test(`${name}: long words of any characters fit a message of syslog with their digest`, () => {
    for (const character of ['x', 'é', '漢', '😀', "'", '\n', '\u2028', '\ud800']) {
      const texts = ['A', 'B'].map((end) => write(['id', character.repeat(4000) + end]));
      assert.is(new Set(texts).size, 2, character);
      for (const text of texts) {
        assert.ok(Buffer.byteLength(text) < 3100, `${character}: ${Buffer.byteLength(text)}`);
        assert.match(text, /\.\.\. \(2 words in all, sha256 [0-9a-f]{32}\)$/);
        assert.not.match(text, /\ufffd/);
      }
    }
  });

  test(`${name}: a digest tells nothing about a value`, () => {
    const long = 'x'.repeat(4000);
    assert.is(write(['env', 'PIN=1234', 'tool', long]), write(['env', 'PIN=1235', 'tool', long]));
    assert.not.equal(write(['env', 'PIN=1', 'tool', long]), write(['env', 'PINS=1', 'tool', long]));
  });
}

test.run();
