import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '#src/config/config-error.js';
import { parseConfig } from '#src/config/configparser.js';

const FILE = 'x.filters';

function pairs(text: string, section = 'S', strict = false): [string, string][] | undefined {
  return parseConfig(text, FILE, { strict })
    .items(section)
    ?.map(({ key, value }) => [key, value]);
}

function refusal(text: string, strict = false): string {
  try {
    parseConfig(text, FILE, { strict });
  } catch (error) {
    assert.instance(error, ConfigError);
    return (error as ConfigError).message;
  }
  throw new Error(`accepted: ${JSON.stringify(text)}`);
}

test('whichever of = and : comes first ends the key', () => {
  assert.equal(pairs('[S]\na = b: c\nd: e = f\ng=h:i=j\n'), [
    ['a', 'b: c'],
    ['d', 'e = f'],
    ['g', 'h:i=j'],
  ]);
});

test('keys are stripped and lower-cased, values are stripped only', () => {
  assert.equal(pairs('[S]\nMy Key   =   Some VALUE \t\n'), [['my key', 'Some VALUE']]);
});

test('a key is lower-cased as Python does it, the final sigma included', () => {
  assert.equal(pairs('[S]\nΟΔΟΣ=1\nİ=2\n\u212a=3\n'), [
    ['οδος', '1'],
    ['i\u0307', '2'],
    ['k', '3'],
  ]);
});

test('a line of its own after # or ; is a comment, indented or not, even inside a value', () => {
  assert.equal(pairs('# a\n[S]\n; b\n  # c\nk: 1\n  ; no\n  2\n'), [['k', '1\n2']]);
});

test('# and ; after a value belong to the value', () => {
  assert.equal(pairs('[S]\nk = a # b ; c\n'), [['k', 'a # b ; c']]);
});

test('a deeper line continues the value, whatever it looks like', () => {
  assert.equal(pairs('[S]\nk: a\n  b = c\n\t[T]\nl: d\n'), [
    ['k', 'a\nb = c\n[T]'],
    ['l', 'd'],
  ]);
});

test('a line continues only when it is deeper than the key, not than the line above', () => {
  assert.equal(pairs('[S]\n  k: a\n      b\n    c\n  l: d\n'), [
    ['k', 'a\nb\nc'],
    ['l', 'd'],
  ]);
});

test('an indented line after a section header is a key of its own', () => {
  assert.equal(pairs('[S]\nk: a\n[S]\n   l: b\n'), [
    ['k', 'a'],
    ['l', 'b'],
  ]);
});

test('empty lines stay inside a continued value and fall off its end', () => {
  assert.equal(pairs('[S]\nk: a\n\n  \n b\n\n\nl: c\n\n'), [
    ['k', 'a\n\n\nb'],
    ['l', 'c'],
  ]);
});

test('a value may start on the next line', () => {
  assert.equal(pairs('[S]\nk =\n  a\n'), [['k', '\na']]);
});

test('a key may have an empty value', () => {
  assert.equal(pairs('[S]\nk =\nl:\n'), [
    ['k', ''],
    ['l', ''],
  ]);
});

test('of a repeated key the last value stands in the first place', () => {
  assert.equal(pairs('[S]\na: 1\nb: 2\nA: 3\n'), [
    ['a', '3'],
    ['b', '2'],
  ]);
});

test('an entry carries the line of the key that won', () => {
  const items = parseConfig('[S]\na: 1\n\nb: 2\n x\r\nA: 3\rc:4', FILE, { strict: false }).items(
    'S',
  );
  assert.equal(
    items?.map(({ key, line }) => [key, line]),
    [
      ['a', 6],
      ['b', 4],
      ['c', 7],
    ],
  );
});

test('a section opened again goes on', () => {
  assert.equal(pairs('[S]\na: 1\n[T]\nb: 2\n[S]\nc: 3\n'), [
    ['a', '1'],
    ['c', '3'],
  ]);
});

test('[DEFAULT] keys come first in every section and are overridden in place', () => {
  const text = '[S]\nx: 1\nb: 2\n[DEFAULT]\na: 3\nb: 4\nc: 5\n';
  assert.equal(pairs(text), [
    ['a', '3'],
    ['b', '2'],
    ['c', '5'],
    ['x', '1'],
  ]);
});

test('[DEFAULT] is always there and is no section of its own', () => {
  const config = parseConfig('[DEFAULT]\na: 1\n[S]\nb: 2\n', FILE, { strict: true });
  assert.equal(config.sections, ['S']);
  assert.equal(config.defaults, [{ key: 'a', value: '1', line: 2 }]);
  assert.equal(config.items('DEFAULT'), config.defaults);
  assert.equal(config.default('a')?.value, '1');
  assert.is(config.default('b'), undefined);
});

test('a section that the file lacks has no items, an empty one has none to list', () => {
  assert.is(pairs('[T]\n'), undefined);
  assert.is(pairs(''), undefined);
  assert.equal(pairs('[S]\n'), []);
});

test('section names are exact', () => {
  assert.is(pairs('[s]\n[ S ]\n[default]\na: 1\n'), undefined);
});

test('names of JavaScript itself are ordinary names', () => {
  assert.is(pairs('[S]\n', 'constructor'), undefined);
  assert.equal(pairs('[__proto__]\n__proto__: 1\n', '__proto__'), [['__proto__', '1']]);
});

test('a header reaches to the last ] and what follows it is ignored', () => {
  const sections = (text: string) => parseConfig(text, FILE, { strict: false }).sections;
  assert.equal(sections('[a]b]c\n[]]\n  [d]  # e\n'), ['a]b', ']', 'd']);
});

test('[] and an unclosed [ are no headers', () => {
  assert.equal(pairs('[S]\n[] = 1\n[x = 2\n'), [
    ['[]', '1'],
    ['[x', '2'],
  ]);
});

test('\\r\\n and a lone \\r end a line as \\n does; \\v, \\f, U+0085 and U+2028 do not', () => {
  assert.equal(pairs('[S]\r\na: 1\rb: 2\nc: x\vy\fz\u0085w\u2028v\n'), [
    ['a', '1'],
    ['b', '2'],
    ['c', 'x\vy\fz\u0085w\u2028v'],
  ]);
});

test("blanks are Python's: U+001C to U+001F and U+0085 are, U+FEFF is not", () => {
  assert.equal(pairs('[S]\na\u001c=\u001f1\u0085\n\u001d2\u00a0\nb\ufeff=\ufeff3\n'), [
    ['a', '1\n2'],
    ['b\ufeff', '\ufeff3'],
  ]);
});

test('% is itself', () => {
  assert.equal(pairs('[S]\na: %(b)s %% $(c)\nb: 1\n'), [
    ['a', '%(b)s %% $(c)'],
    ['b', '1'],
  ]);
});

test('a line that is neither key nor continuation is an error with its line', () => {
  assert.match(
    refusal('[S]\n\nnonsense\n'),
    /^x\.filters:3: "nonsense" is neither .*write `key = value`/,
  );
});

test('a key before any section is an error', () => {
  assert.match(
    refusal('# c\na: 1\n[S]\n'),
    /^x\.filters:2: "a: 1" comes before any section; write/,
  );
});

test('an empty key is an error', () => {
  assert.match(refusal('[S]\n= 1\n'), /^x\.filters:2: nothing stands before the `=`; write/);
  assert.match(refusal('[S]\n : 1\n'), /^x\.filters:2: nothing stands before the `:`; write/);
});

test('a byte order mark is an error that names it', () => {
  assert.match(refusal('\ufeff[S]\na: 1\n'), /^x\.filters:1: .*byte order mark; save it/);
});

test('control characters from the file are escaped in the error', () => {
  assert.match(refusal('[S]\n\u001b[2J\n'), /"\\u001b\[2J"/);
});

test('read strictly, a repeated key is an error that names both lines', () => {
  assert.match(
    refusal('[S]\na: 1\nb: 2\nA: 3\n', true),
    /^x\.filters:4: "a" .*on line 2; keep one/,
  );
});

test('read strictly, a key repeated in a second [DEFAULT] is an error', () => {
  assert.match(refusal('[DEFAULT]\na: 1\n[DEFAULT]\na: 2\n', true), /^x\.filters:4: /);
});

test('read strictly, a repeated section is an error, except [DEFAULT]', () => {
  assert.match(refusal('[S]\n[T]\n[S]\n', true), /^x\.filters:3: section \[S\] .*line 1; move/);
  assert.equal(pairs('[DEFAULT]\na: 1\n[DEFAULT]\nb: 2\n', 'DEFAULT', true), [
    ['a', '1'],
    ['b', '2'],
  ]);
});

test('read strictly, a section may override a [DEFAULT] key', () => {
  assert.equal(pairs('[DEFAULT]\na: 1\n[S]\na: 2\n', 'S', true), [['a', '2']]);
});

test('a long value of a hundred thousand lines is read in linear time', () => {
  const before = performance.now();
  assert.is(pairs(`[S]\na:${'\n x'.repeat(100_000)}`)?.[0]?.[1].length, 200_000);
  assert.ok(performance.now() - before < 2000);
});

test('whoever asks is told of a key that a later one takes the place of, with both whole values', () => {
  const repeats: string[] = [];
  const text = '[S]\nA: 1\n  2\n\nb: 3\n[T]\na: other\n[S]\na = 4\n  5\na: 6\n';
  parseConfig(text, FILE, {
    strict: false,
    onRepeat: (lost, by, section) =>
      repeats.push(JSON.stringify([section, lost.line, lost.value, by.line, by.value])),
  });
  assert.equal(repeats, ['["S",2,"1\\n2",9,"4\\n5"]', '["S",9,"4\\n5",11,"6"]']);
});

test.run();
