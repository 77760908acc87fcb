import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Pattern, PatternBudget } from '#src/policy/pattern/pattern.js';

type Row = readonly [pattern: string, matches: readonly string[], refuses: readonly string[]];

/** One test for a rule, with the words that a pattern takes and those that it must not take. */
function rule(title: string, rows: readonly Row[]): void {
  test(title, () => {
    for (const [source, matches, refuses] of rows) {
      const pattern = new Pattern(source);
      assert.is(pattern.problem, undefined, source);
      for (const [words, expected] of [[matches, true] as const, [refuses, false] as const]) {
        for (const word of words) {
          const message = `${JSON.stringify(source)} on ${JSON.stringify(word)}`;
          assert.is(pattern.matches(word, new PatternBudget(5000)), expected, message);
        }
      }
    }
  });
}

function engines(title: string, expected: string, sources: readonly string[]): void {
  test(title, () => {
    for (const source of sources) assert.is(new Pattern(source).engine, expected, source);
  });
}

rule('a word matches only as a whole', [
  ['a', ['a'], ['ab', 'ba', 'a\n', '']],
  ['a|b', ['a', 'b'], ['axyz', 'xb', 'b\n']],
  ['a$', ['a'], ['a\n']],
  ['(?:a|ab)(?:c|$)', ['a', 'ab', 'ac', 'abc'], ['abd', 'a\n']],
  ['(?=a).', ['a'], ['ab', 'a\n', 'b']],
]);

rule('a dollar holds at the end and before a last newline', [
  ['a$\\n', ['a\n'], ['a', 'a\n\n']],
  ['a$\\n\\n', [], ['a\n\n', 'a\n']],
  ['(?:a$)?\\n?', ['a', 'a\n', '\n', ''], ['a\n\n']],
  ['a\\Z\\n?', ['a'], ['a\n']],
]);

rule('multiline mode knows the newline and no other line end', [
  ['(?m)a$\\nb$\\n', ['a\nb\n'], ['a\nb']],
  ['(?m)(?:^a\\n)+^', ['a\n', 'a\na\n'], ['a']],
  ['(?m)a$\\rb', [], ['a\rb']],
  ['(?m)a\\u2028^b', [], ['a\u2028b']],
  ['(?m)(?=a)a$\\s^b', ['a\nb'], ['a\rb', 'a\u2028b']],
]);

rule('a dot takes any one code point except the newline', [
  ['.', ['a', '\r', '\u2028', '😀', '\0'], ['\n', '', 'ab']],
  ['(?s).', ['a', '\n', '😀'], ['']],
  ['(?s-i:.)', ['\n'], ['']],
  ['(?!x).', ['\r', '😀'], ['\n']],
]);

rule('a bracket first in a class is a member, and POSIX classes do not exist', [
  ['[]a]', [']', 'a'], ['[]a]', '']],
  ['[^]a]', ['b'], [']', 'a']],
  ['[[:alpha:]]', [':]', 'a]', '[]'], ['b', 'z]', 'a']],
  ['[a-]', ['a', '-'], ['b']],
  ['[-a]', ['a', '-'], ['b']],
  ['[\\w-]', ['a', '-'], ['.']],
  ['[\\b]', ['\b'], ['b', '']],
  ['[a&&b]', ['a', '&', 'b'], ['']],
]);

rule('digits, words and spaces are those of Unicode, or of ASCII when asked', [
  ['\\d', ['1', '٣', '𝟘'], ['²', 'a']],
  ['(?a)\\d', ['1'], ['٣']],
  ['\\w', ['a', 'é', '²', '中', '_'], ['-', '\u0301']],
  ['(?a)\\w', ['a', '_'], ['é']],
  ['\\s', [' ', '\x1c', '\x85', '\u3000'], ['\u200b', '\ufeff']],
  ['(?a)\\s', [' ', '\v'], ['\x1c', '\xa0']],
  ['(?a:\\w)\\w', ['aé'], ['éa']],
  ['(?a)(?u:\\w)\\w', ['éa'], ['aé']],
  ['[^\\W\\d]', ['a', 'é'], ['1', '-']],
  ['\\W', ['-', '\u0301'], ['é']],
  ['(?a)\\D', ['٣', 'a'], ['3']],
]);

rule('letter case is ignored the way Python ignores it', [
  ['(?i)k', ['k', 'K', '\u212a'], ['x']],
  ['(?ia)k', ['k', 'K'], ['\u212a']],
  ['(?i)ß', ['ß', 'ẞ'], ['ss', 'SS']],
  ['(?i)[r-t]', ['S', 's', 'ſ'], ['q']],
  ['(?i)[^s]', ['a'], ['s', 'S', 'ſ']],
  ['(?i)i', ['i', 'I', 'ı', 'İ'], ['j']],
  ['(?i)σ', ['Σ', 'σ', 'ς'], ['s']],
  ['(?i)a|b', ['A', 'B'], ['AB']],
  ['(?i:a)b', ['Ab', 'ab'], ['AB']],
  ['(?i)a(?-i:b)', ['Ab'], ['aB']],
]);

rule('word boundaries follow the words of Python', [
  ['é\\b-', ['é-'], []],
  ['(?a)é\\b-', [], ['é-']],
  ['a\\B²', ['a²'], []],
  ['\\bfoo\\b.*', ['foo', 'foo bar'], ['foobar']],
  ['.*\\B', ['a-'], ['a', '']],
  ['\\B', [], ['']],
]);

rule('escapes name characters', [
  ['\\x41\\u00e9\\U0001f600', ['Aé😀'], ['A']],
  ['\\101\\0\\012', ['A\0\n'], ['101']],
  ['\\a\\f\\n\\r\\t\\v\\\\', ['\x07\f\n\r\t\v\\'], ['afnrtv']],
  ['[\\101\\7]', ['A', '\x07'], ['1']],
  ['\\é\\_\\-\\ ', ['é_- '], []],
]);

rule('a brace that repeats nothing is itself', [
  ['x{,3}', ['', 'xxx'], ['xxxx', 'x{,3}']],
  ['x{2,}', ['xx', 'xxxxx'], ['x']],
  ['x{,}', ['', 'xxx'], ['x{,}']],
  ['x{2}', ['xx'], ['x', 'xxx']],
  ['x{}', ['x{}'], ['x']],
  ['x{1', ['x{1'], ['x']],
  ['x{1,a}', ['x{1,a}'], ['x']],
  ['{', ['{'], ['']],
  ['x{1,2}?', ['x', 'xx'], ['']],
]);

rule('groups, names, comments and verbose mode', [
  ['(?P<n>a|b)(?P=n)', ['aa', 'bb'], ['ab']],
  ['(a|b)\\1', ['aa', 'bb'], ['ab', 'ba']],
  ['(?=(a+)b\\1).*', ['aba', 'aabaa'], ['aab', 'abb']],
  ['a(?#note)*', ['', 'aaa'], ['a#']],
  ['(?x) a b [ ] # end\n c', ['ab c'], ['abc', ' a b   c']],
  ['a(?#b\\)c)d', ['ad'], ['acd', 'ac)d']],
  ['(?x)a # b\\\nc\nd', ['ad'], ['acd']],
  ['(?x: a b ) c', ['ab c'], ['abc']],
  ['(?i)(?s)A.', ['a\n'], ['b\n']],
]);

rule('lookaround looks', [
  ['/etc/(?!\\.\\.).*', ['/etc/x', '/etc/.x'], ['/etc/../x', '/etc/..']],
  ['a(?<=a)b(?<!a)', ['ab'], ['a']],
  ['..(?<=ab|cd)e', ['abe', 'cde'], ['ade']],
  ['(?=.*[0-9])(?=.*[a-z]).*', ['a1', '1a'], ['a', '1']],
]);

rule('a word that is not valid Unicode matches nothing', [
  ['(?s).*', ['😀'], ['\ud83d', 'a\udc00']],
  ['(?!x)[^a]', [], ['\ud83d']],
]);

test('what Python does not compile matches nothing, and says why and where', () => {
  const rows: readonly (readonly [string, string])[] = [
    ['a**', 'multiple repeat at position 2'],
    ['*a', 'nothing to repeat at position 0'],
    ['a|*', 'nothing to repeat at position 2'],
    ['^*', 'nothing to repeat at position 1'],
    ['a{2}{3}', 'multiple repeat at position 4'],
    ['a{3,2}', 'min repeat greater than max repeat at position 1'],
    ['(a', 'missing ), unterminated subpattern at position 0'],
    ['a)', 'unbalanced parenthesis at position 1'],
    ['é😀[a', 'unterminated character set at position 2'],
    ['[b-a]', 'bad character range at position 1'],
    ['[\\d-z]', 'bad character range at position 1'],
    ['a\\', 'bad escape (end of pattern) at position 1'],
    ['\\q', 'bad escape \\q at position 0'],
    ['[\\Z]', 'bad escape \\Z at position 1'],
    ['\\x4', 'incomplete escape \\x4 at position 0'],
    ['\\400', 'octal escape \\400 is above 0o377 at position 0'],
    ['\\U00110000', 'bad escape \\U00110000 at position 0'],
    ['\\1', 'invalid group reference 1 at position 0'],
    ['(a\\1)', 'cannot refer to an open group at position 2'],
    ['(?P<a>x)(?P<a>y)', "redefinition of group name 'a' at position 8"],
    ['(?P=a)', "unknown group name 'a' at position 0"],
    ['(?P<1>a)', "bad character in group name '1' at position 0"],
    ['a(?i)', 'global flags not at the start of the expression at position 1'],
    ['(?L)a', "bad inline flags: cannot use 'L' flag with a str pattern at position 0"],
    ['(?a)(?u)', 'ASCII and UNICODE flags are incompatible at position 4'],
    ['(?i-i:a)', 'bad inline flags: flag turned on and off at position 0'],
    ['(?<=a|bc)d', 'look-behind requires fixed-width pattern at position 0'],
    ['(?<=a+)b', 'look-behind requires fixed-width pattern at position 0'],
    [
      '(?<=(a)\\1)b',
      'cannot refer to group defined in the same lookbehind subpattern at position 7',
    ],
    ['(?#a\\)', 'missing ), unterminated comment at position 0'],
    ['(?x)a#\\', 'bad escape (end of pattern) at position 6'],
    ['(?#a', 'missing ), unterminated comment at position 0'],
  ];
  for (const [source, problem] of rows) {
    const pattern = new Pattern(source);
    assert.is(pattern.problem, `does not compile: ${problem}`, source);
    assert.is(pattern.engine, 'invalid', source);
    for (const word of [source, '', 'a', 'ab']) {
      assert.not(pattern.matches(word, new PatternBudget(1000)), source);
    }
  }
});

test('what cannot be matched exactly is not supported and matches nothing', () => {
  const rows = [
    ...[
      'a++',
      'a?+',
      '(?>a)',
      '(a)?(?(1)b|c)',
      '\\N{DIGIT ONE}',
      '(?i)(a)\\1',
      '(?P<é>a)',
      '(?t)a',
    ],
    // V8 would let these references match nothing, or forget what a turn before has read.
    ...[
      '(a)?\\1',
      '(?:(a)|b)\\1',
      '(?:(a)|b\\1)+',
      '(a)+\\1',
      '(a)(?<=\\1)',
      '(?!(a))\\1',
      '(?=(a))\\1',
    ],
    ...['(?i)[\u{10400}a]', '(?i)[a-\u{10450}]', `${'('.repeat(201)}${')'.repeat(201)}`],
  ];
  for (const source of rows) {
    const pattern = new Pattern(source);
    assert.match(pattern.problem ?? '', /^is not supported: /, source);
    assert.is(pattern.engine, 'invalid', source);
    for (const word of ['', 'a', 'aa', 'b', '1']) {
      assert.not(pattern.matches(word, new PatternBudget(1000)), source);
    }
  }
});

engines('patterns that RE2 can express run in linear time', 'linear', [
  ...['a+', '^[/]*([^/\\0]+(/+)?)*$', '(?i)k', '.*M$', 'a$|b$', '(?m)^a$', '(a)(?P<n>b)', 'a\\Z'],
  ...['(?:a{10}){100}', '(?:a$)?'],
]);

engines('other patterns run in bounded time', 'bounded', [
  ...['(?=a).', '(?<!a)b', '(a)\\1', '\\ba', 'a$\\n', 'a{1001}', '(?:a{100}){11}', '(?:a$)*'],
]);

test('a pattern with one possible word tells it', () => {
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['--config-file', '--config-file'],
    ['', ''],
    ['^$', ''],
    ['^init\\.sh$', 'init.sh'],
    ['\\(sleep 100\\)', '(sleep 100)'],
    ['a\\\\', 'a\\'],
    ['a\\\\$', 'a\\'],
    ['a\\$', 'a$'],
    ['\\^a', '^a'],
    ['a\\d', undefined],
    ['a.', undefined],
    ['a\\', undefined],
    ['a|b', undefined],
    ['a{2}', undefined],
    ['[a]', undefined],
    ['a^', undefined],
    ['$a', undefined],
    ['\\1', undefined],
    ['a*', undefined],
    ['\ud83d', undefined],
  ];
  for (const [source, literal] of rows) {
    const pattern = new Pattern(source);
    assert.is(pattern.literal, literal, source);
    if (literal === undefined) continue;
    assert.is(pattern.engine, 'literal');
    assert.ok(pattern.matches(literal, new PatternBudget(0)), source);
    assert.not(pattern.matches(`${literal}\n`, new PatternBudget(0)), source);
  }
});

test('a refusal says what is wrong with the pattern, or that the word does not match', () => {
  const refusal = (source: string) => new Pattern(source).refusal(new PatternBudget(1000));
  assert.is(refusal('a+'), 'does not match pattern a+');
  assert.is(refusal('a**'), 'pattern a** does not compile: multiple repeat at position 2');
  assert.is(refusal('a++'), 'pattern a++ is not supported: a possessive repetition');
});

test.run();
