import { spawnSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { escapeCommand, escapeControls, pythonList } from '#src/log/escape.js';
import { testWith } from '../support/requirements.js';

test('what a terminal would act on is escaped', () => {
  assert.is(
    escapeControls('a\x1b[2J\r\n\t\x00\x7f\x9b'),
    'a\\x1b[2J\\x0d\\x0a\\x09\\x00\\x7f\\x9b',
  );
});

test('direction marks, invisible characters and line separators are escaped', () => {
  assert.is(escapeControls('\u202e\u2066\u200b\ufeff\u00ad'), '\\u202e\\u2066\\u200b\\ufeff\\xad');
  assert.is(escapeControls('\u2028\u2029\u0085'), '\\u2028\\u2029\\x85');
  assert.is(escapeControls('\u{e0041}'), '\\U000e0041');
});

test('spaces that look like a space but are none are escaped', () => {
  assert.is(escapeControls('a b\u00a0c\u3000'), 'a b\\xa0c\\u3000');
});

test('lone surrogates and characters without a meaning are escaped', () => {
  assert.is(escapeControls('\ud800x\udcff'), '\\ud800x\\udcff');
  assert.is(escapeControls('\ue000\u{10ffff}\u0378'), '\\ue000\\U0010ffff\\u0378');
});

test('text stays as it is', () => {
  const text = 'Grüße, 世界! שלום \u{1f600} e\u0301 \\x1b';
  assert.is(escapeControls(text), text);
});

test('words that look like escapes cannot be mistaken for them in a list', () => {
  assert.is(pythonList(['\\x1b', '\x1b']), "['\\\\x1b', '\\x1b']");
});

test('a word cannot end its quotes', () => {
  assert.is(pythonList(["a', 'b"]), `["a', 'b"]`);
  assert.is(pythonList([`a', "b`]), `['a\\', "b']`);
  assert.is(pythonList(["\\', 'b"]), `["\\\\', 'b"]`);
  assert.is(pythonList([]), '[]');
});

test('no two commands look alike: a line end is not the letters of its escape', () => {
  assert.is(escapeCommand(['a\n']), "$'a\\x0a'");
  assert.is(escapeCommand(['a\\x0a']), "'a\\x0a'");
  assert.is(escapeCommand(["a\\'\n"]), "$'a\\\\\\'\\x0a'");
  assert.is(escapeCommand(["it's", '', 'a b', 'plain-1']), "'it'\\''s' '' 'a b' plain-1");
});

testWith(['bash'], 'bash reads the words of a command back', () => {
  const words = [
    "it's",
    '\\',
    "\\'",
    'a b',
    '',
    '\n\\x0a',
    '\x85ü',
    '😀\u2028',
    '$HOME',
    '`id`',
    '~',
  ];
  const { stdout } = spawnSync('bash', ['-c', `printf '%s\\0' ${escapeCommand(words)}`], {
    encoding: 'utf8',
    env: { LC_ALL: 'C.UTF-8' },
  });
  assert.equal(stdout.split('\0').slice(0, -1), words);
});

testWith(['python3'], "every character looks as Python's repr has it", () => {
  // where the two know different versions of Unicode, they differ in what has a meaning
  const oracle = `
import json, unicodedata
characters = [chr(code) for code in range(0x110000)]
print(json.dumps([[repr([c]), unicodedata.category(c) == 'Cn'] for c in characters]))`;
  const answers = askPython(oracle, '') as [string, boolean][];
  const wrong = answers.flatMap(([expected, unassigned], code) => {
    const character = String.fromCodePoint(code);
    if (unassigned !== /\p{Cn}/u.test(character)) return [];
    return pythonList([character]) === expected ? [] : [expected];
  });
  assert.is(answers.length, 0x110000);
  assert.equal(wrong, []);
});

testWith(['python3'], "a list of words looks as Python's repr has it", () => {
  const parts = ["'", '"', '\\', '\n', '\t', '\r', 'a', '\x00', '\u202e', '\ud800', 'é', ' '];
  const lists = parts.flatMap((a) =>
    parts.flatMap((b) => parts.map((c) => [a + b + c, '', c + c + b + a])),
  );
  const oracle = 'import json, sys; print(json.dumps([repr(w) for w in json.load(sys.stdin)]))';
  assert.equal(lists.map(pythonList), askPython(oracle, JSON.stringify(lists)));
});

function askPython(program: string, input: string): unknown {
  const { stdout } = spawnSync('/usr/bin/python3', ['-c', program], {
    input,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  return JSON.parse(stdout);
}

test.run();
