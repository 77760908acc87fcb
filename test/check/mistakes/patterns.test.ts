import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { lineFor, mistakesIn, rulesIn } from '../../support/mistakes.js';

test('a count that the comma cut is told, with the same count written without a comma', () => {
  const line = (pattern: string) => lineFor(`a: RegExpFilter, x, root, x, ${pattern}`);
  assert.is(line('[0-9]{1,3}'), 'a: RegExpFilter, x, root, x, [0-9][0-9]?[0-9]?');
  assert.is(line('v\\d{2,}'), 'a: RegExpFilter, x, root, x, v\\d\\d+');
  assert.is(line('(ab){0,2}c'), 'a: RegExpFilter, x, root, x, (ab)?(ab)?c');
  assert.is(line('a{,1}'), 'a: RegExpFilter, x, root, x, a?');
  assert.is(line('[a-f]{8, 9}?'), 'a: RegExpFilter, x, root, x, [a-f]{8}[a-f]?');
  assert.is(line('([0-9]{1,2}|x)'), 'a: RegExpFilter, x, root, x, ([0-9][0-9]?|x)');
  assert.is(line('a{1,2}.b{0,}'), 'a: RegExpFilter, x, root, x, aa?.b*');
  assert.is(line('a{1,900}'), undefined);
});

test('a comma inside a set or a group is written by its number', () => {
  const line = (pattern: string) => lineFor(`a: ChainingRegExpFilter, x, root, x, ${pattern}`);
  assert.is(line('[a,b]+'), 'a: ChainingRegExpFilter, x, root, x, [a\\x2cb]+');
  assert.is(line('(a,b,c)'), 'a: ChainingRegExpFilter, x, root, x, (a\\x2cb\\x2cc)');
});

test('neighbours that are no halves of one pattern are not taken for a split one', () => {
  for (const words of ['a\\{1, 3}', '[{1], 3}', 'a{1}, 3}', 'a{1}, 3', 'a{1x, 3}', '\\(a, b\\)']) {
    assert.equal(rulesIn(`a: RegExpFilter, x, root, x, ${words}`), [], words);
  }
  assert.equal(rulesIn('a: RegExpFilter, x, root, x, a{1, x'), []);
  assert.equal(rulesIn('a: RegExpFilter, x, root, x, (a, b'), ['bad-pattern']);
  assert.equal(rulesIn('a: RegExpFilter, x, root, x, (*a, b)'), ['bad-pattern', 'bad-pattern']);
});

test('a pattern that Python would refuse is told from one that only Python knows', () => {
  const [bad] = mistakesIn('a: RegExpFilter, x, root, x, (a');
  assert.is(bad?.rule, 'bad-pattern');
  assert.match(bad?.problem ?? '', /in Python neither: missing \)/);
  for (const pattern of [
    '*.log',
    'a**',
    '[z-a]',
    '[\\w-.]',
    '[a',
    'a)',
    '\\y',
    'a(?i)b',
    '(?<=a+)b',
  ]) {
    const [finding] = mistakesIn(`a: RegExpFilter, x, root, x, ${pattern}`);
    assert.is(finding?.rule, 'bad-pattern', pattern);
    assert.not.match(finding?.instead ?? '', /see the syntax/, pattern);
  }
  for (const pattern of ['(a)?(?(1)b|c)', '\\N{DIGIT ONE}', '(?:(a)|b)\\1']) {
    const [finding] = mistakesIn(`a: RegExpFilter, x, root, x, ${pattern}`);
    assert.is(finding?.rule, 'unsupported-pattern', pattern);
    assert.match(finding?.instead ?? '', /^(write|list) /);
  }
  assert.equal(rulesIn('a: RegExpFilter, x, root, x, (?P<n>a)\\Z'), []);
});

test('what Python or another dialect calls otherwise is offered as a line', () => {
  const line = (pattern: string) => lineFor(`a: RegExpFilter, x, root, x, ${pattern}`);
  assert.is(line('a++b*+[+]?+'), 'a: RegExpFilter, x, root, x, a+b*[+]?');
  assert.is(
    mistakesIn('a: RegExpFilter, x, root, a++, b?+')[1]?.instead,
    'a: RegExpFilter, x, root, a+, b?',
  );
  assert.is(line('(?>ab)c'), 'a: RegExpFilter, x, root, x, (?:ab)c');
  assert.is(line('[a-z]+\\z'), 'a: RegExpFilter, x, root, x, [a-z]+\\Z');
  assert.is(line('(?<n>a)'), 'a: RegExpFilter, x, root, x, (?P<n>a)');
});

test('a range between two kinds of characters is told with what it takes', () => {
  const [finding] = mistakesIn('a: RegExpFilter, x, root, x, [0-9a-z:./-\\[\\]\\%]+');
  assert.is(finding?.rule, 'odd-range');
  assert.is(finding?.severity, 'low');
  assert.match(finding?.problem ?? '', /takes \/ 0-9 :;<=>\?@ A-Z \[$/);
  assert.is(finding?.instead, 'a: RegExpFilter, x, root, x, [0-9a-z:./\\[\\]\\%-]+');
  assert.is(
    lineFor('a: RegExpFilter, x, root, x, [^A-z]'),
    'a: RegExpFilter, x, root, x, [^A-Za-z]',
  );
  assert.is(
    lineFor('a: RegExpFilter, x, root, x, [+-_!-;]'),
    'a: RegExpFilter, x, root, x, [+_!;-]',
  );
  assert.equal(rulesIn('a: RegExpFilter, x, root, x, [0-z]'), ['odd-range']);
});

test('a range that is meant is left alone', () => {
  for (const set of [
    '[a-z]',
    '[./-]',
    '[-+]',
    '[ -~]',
    '[\\x00-\\x1f]',
    '[a-f\\d-]',
    '\\[+-_\\]',
  ]) {
    assert.equal(rulesIn(`a: RegExpFilter, x, root, x, ${set}`), [], set);
  }
});

test('POSIX classes and shell patterns are told with what they are in Python', () => {
  assert.is(
    lineFor('a: RegExpFilter, x, root, x, [[:alpha:]_]+'),
    'a: RegExpFilter, x, root, x, [A-Za-z_]+',
  );
  assert.is(
    lineFor('a: RegExpFilter, x, root, x, /srv/*'),
    'a: RegExpFilter, x, root, x, /srv/[A-Za-z0-9_-]+',
  );
  assert.equal(rulesIn('a: RegExpFilter, x, root, x, [:alpha]+, /+a/.*, [/]*'), []);
});

test('a comma at the end of a line is told', () => {
  assert.is(lineFor('a: RegExpFilter, x, root, x, y,,'), 'a: RegExpFilter, x, root, x, y');
  assert.is(lineFor('a: PathFilter, x, root, /srv,'), 'a: PathFilter, x, root, /srv');
  assert.equal(rulesIn('a: CommandFilter, x, root,'), []);
});

test('a pattern that blows up is told: medium where the engine backtracks too', () => {
  const [linear] = mistakesIn('a: RegExpFilter, x, root, x, ^[/]*([^/\\0]+(/+)?)*$');
  assert.is(linear?.rule, 'slow-pattern');
  assert.is(linear?.severity, 'low');
  assert.match(linear?.problem ?? '', /the engine here is safe/);
  for (const pattern of ['([a-z]+)*x', '(?!-)([^/\\0]+(/+)?)*']) {
    const [safe] = mistakesIn(`a: RegExpFilter, x, root, x, ${pattern}`);
    assert.is(safe?.rule, 'slow-pattern', pattern);
    assert.is(safe?.severity, 'low', pattern);
  }
  for (const pattern of ['(?!-)([a-z]+-?)*', '(?=a)(a|a)+', '(?!x)(\\w+\\s?)*\\d']) {
    const [bounded] = mistakesIn(`a: RegExpFilter, x, root, x, ${pattern}`);
    assert.is(bounded?.rule, 'slow-pattern', pattern);
    assert.is(bounded?.severity, 'medium');
  }
});

test('patterns that are made to hurt who judges them do not', () => {
  const nested = `${'('.repeat(190)}a${'{8})'.repeat(190)}`;
  for (const pattern of [nested, `${nested}*`, '(a*)*'.repeat(300), `(${'a|'.repeat(900)}b)*`]) {
    mistakesIn(`a: RegExpFilter, x, root, x, ${pattern}`);
  }
});

test('looking around and repeating are not slow by themselves', () => {
  for (const pattern of [
    '/etc/(?!\\.\\.).*',
    '[^/]+(/[^/]+)*',
    '(a|b)*c',
    '(a|b)*.*.*.*',
    '\\bx+',
  ]) {
    assert.equal(rulesIn(`a: RegExpFilter, x, root, x, ${pattern}`), [], pattern);
  }
});

test.run();
