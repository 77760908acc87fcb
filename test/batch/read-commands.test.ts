import fc from 'fast-check';
import { quote } from 'shell-quote';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { BatchError } from '#src/batch/batch-error.js';
import { LONGEST_LINE, MOST_LINES, readCommands } from '#src/batch/read-commands.js';
import { pieces } from './lines.js';
import { shellWords } from './shell-words.js';

const read = (text: string | Uint8Array) => readCommands(Buffer.from(text));

/** The words of a text of one line. @throws when it is unreadable or no command */
function words(text: string): readonly string[] {
  const [line] = read(text);
  if (line === undefined || 'problem' in line) throw new Error(`${text}: ${line?.problem}`);
  return line.words;
}

function problem(text: string | Uint8Array): string {
  const [line] = read(text);
  if (line === undefined || !('problem' in line)) {
    throw new Error(`was read: ${text}: ${JSON.stringify(line)}`);
  }
  return line.problem;
}

test('words are split at blanks and unquoted as a shell does it', () => {
  assert.equal(words('ip  link\tset eth0 up '), ['ip', 'link', 'set', 'eth0', 'up']);
  assert.equal(words(`echo 'it'"'"'s' "a b"c\\ d ''`), ['echo', "it's", 'a bc d', '']);
  assert.equal(words('LC_ALL=C pvs --noheadings'), ['LC_ALL=C', 'pvs', '--noheadings']);
  assert.equal(words(`grep '*' \\* "?" a]b 100% a^b x,y @z 1:2 -`).slice(1, 4), ['*', '*', '?']);
  assert.equal(words('echo "a\\`b" "\\$x" "\\n" "\\\\"'), ['echo', 'a`b', '$x', '\\n', '\\']);
});

test('empty lines and comments are skipped, and lines are counted with them', () => {
  const lines = read('\n  # a | comment\\\n \t \ntrue\n\n#\nfalse');
  assert.equal(lines, [
    { line: 4, words: ['true'] },
    { line: 7, words: ['false'] },
  ]);
  assert.equal(read(''), []);
});

test('what a shell would act on is refused, and where it is said', () => {
  for (const [line, expected] of Object.entries({
    'a | b': /^column 3: `\|` is an operator/,
    'a&&b': /^column 2: `&`/,
    'a; b': /^column 2: `;`/,
    'a > f': /^column 3: `>`/,
    'a <<E': /^column 3: `<`/,
    'f() true': /^column 2: `\(`/,
    'ls *.c': /^column 4: `\*` is a pattern of file names/,
    'ls a?': /pattern/,
    'ls [ab]': /pattern/,
    'a $HOME': /^column 3: `\$` is a variable/,
    'a $': /variable/,
    'a "$x"': /^column 4: `\$` is a variable or a substitution also within double quotes/,
    'a "${x}"': /variable/,
    'a $(id)': /variable or a substitution/,
    "a $'x'": /variable/,
    'a $?': /variable/,
    'a `id`': /^column 3: ``` is a command substitution/,
    'a "`id`"': /command substitution also within double quotes/,
    'a {b,c}': /^column 3: `{` is a brace/,
    'a b}': /brace/,
    'a ~': /home directory/,
    'a ~root/x': /home directory/,
    'a=~ b': /home directory/,
    'a #b': /^column 3: `#` is a comment/,
    'a#b': /comment/,
    'a !b': /^column 3: `!` is a negation or history/,
    '! a': /^`!` begins a construct/,
    ' ! a': /^`!` begins/,
    'a! b': /history/,
    '!': /begins/,
    'a!!': /history/,
    "a 'b": /^column 3: the quote ' is not closed/,
    'a "b': /^column 3: the quote " is not closed/,
    'a "b\\"': /^column 3: the quote/,
    'a \\': /^column 3: a backslash ends the line/,
    'a "b\\': /a backslash ends the line/,
    'if true': /^`if` begins a construct/,
    ' while': /`while` begins/,
  })) {
    assert.match(problem(line), expected, line);
  }
});

test('what looks like that and is quoted or plain is not refused', () => {
  assert.equal(words("a '$x' '`' '{' '~' '#' '!' '|'"), ['a', '$x', '`', '{', '~', '#', '!', '|']);
  assert.equal(words('a \\$x \\` \\{ \\~ \\# \\! \\| \\\\'), 'a $x ` { ~ # ! | \\'.split(' '));
  assert.equal(
    words('iptables -A INPUT ! -s 10.0.0.1'),
    'iptables -A INPUT ! -s 10.0.0.1'.split(' '),
  );
  assert.equal(words("'if' x"), ['if', 'x']);
  assert.equal(words('echo if'), ['echo', 'if']);
  assert.equal(words('"a!" b'), ['a!', 'b']);
});

test('carriage returns, control characters and strange blanks are refused outside of quotes', () => {
  const [first, second] = read('true\r\nfalse\r\n');
  assert.is(first?.line, 1);
  assert.is(second?.line, 2);
  assert.match(problem('true\r\n'), /^column 5: a carriage return: end lines as Unix does/);
  for (const character of ['\x01', '\x1b', '\x0b', '\x0c', '\x7f', '\x85', '\xa0']) {
    for (const line of [`a${character}b`, `a\\${character}b`, `a ${character}`]) {
      assert.match(problem(line), /control character or a blank/, JSON.stringify(line));
    }
  }
  for (const blank of ['\u2028', '\u3000', '\ufeff']) assert.match(problem(`${blank}a`), /blank/);
  assert.equal(words("a '\x1b\u00a0'"), ['a', '\x1b\u00a0']);
});

test('a NUL byte is refused, in quotes too', () => {
  assert.match(problem('a\0b'), /NUL/);
  assert.match(problem("a '\0'"), /NUL/);
  assert.match(problem('a "\0"'), /NUL/);
});

test('bytes that are not UTF-8 are refused, with text that can be shown', () => {
  const [line] = read(Buffer.from([0x61, 0x20, 0xff, 0x0a]));
  assert.equal(line, {
    line: 1,
    text: 'a \ufffd',
    problem: 'not valid UTF-8: save the file as UTF-8',
  });
  assert.match(problem(Buffer.from([0xed, 0xa0, 0x80])), /UTF-8/);
});

test('a line that is too long is refused by itself, and too many lines as a whole', () => {
  const [long, next] = read(`${'a'.repeat(LONGEST_LINE + 1)}\ntrue`);
  assert.match(long && 'problem' in long ? long.problem : '', /65537 bytes; a line may have 65536/);
  assert.equal(next, { line: 2, words: ['true'] });
  assert.is(words('a'.repeat(LONGEST_LINE)).length, 1);
  assert.is(words('a '.repeat(LONGEST_LINE / 2)).length, LONGEST_LINE / 2);
  assert.throws(
    () => read('a\n'.repeat(MOST_LINES + 1)),
    (error: unknown) => error instanceof BatchError,
  );
  assert.is(read(`${'#\n'.repeat(MOST_LINES)}a`)[0]?.line, MOST_LINES + 1);
});

const anyWord = fc
  .string({ unit: 'binary', maxLength: 12 })
  .filter((word) => !/[\n\0]/.test(word) && word.isWellFormed());
const anyWords = fc.array(fc.oneof(anyWord, pieces.hostileWord), { minLength: 1, maxLength: 6 });

test('words in single quotes read back as they were', () => {
  fc.assert(
    fc.property(anyWords, (list) => {
      const line = list.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
      assert.equal(words(line), list);
    }),
  );
});

test('words that shell-quote has quoted read back as they were, or are refused', () => {
  fc.assert(
    fc.property(anyWords, (list) => {
      const [line] = read(quote(list));
      if (line !== undefined && 'words' in line) assert.equal(line.words, list);
      else if (!leftBare(list)) throw new Error(`${quote(list)}: ${line?.problem}`);
    }),
    { numRuns: 2000 },
  );
});

/** What quote() does not quote, though it means more than itself: that is refused. */
function leftBare([first = '', ...rest]: readonly string[]): boolean {
  return [first, ...rest].some((word) => /\p{Cc}/u.test(word)) || /^[a-z]+$/.test(first);
}

test('a line is refused, or has the words that sh finds in it', () => {
  let accepted = 0;
  let total = 0;
  fc.assert(
    fc.property(fc.array(pieces.line, { minLength: 20, maxLength: 40 }), (lines) => {
      const readable = lines.flatMap((line) => {
        const [found] = read(line);
        return found !== undefined && 'words' in found ? [{ line, words: found.words }] : [];
      });
      total += lines.length;
      accepted += readable.length;
      assert.equal(
        readable.map(({ words }) => words),
        shellWords(readable.map(({ line }) => line)),
      );
    }),
    { numRuns: 100 },
  );
  assert.ok(accepted > total / 5, `only ${accepted} of ${total} lines were accepted`);
});

test.run();
