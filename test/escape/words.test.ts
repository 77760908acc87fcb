import { existsSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { attempt, target } from '../support/attempt.js';
import { executable, run, SAFE_PATH, tsrootwrap } from '../support/executable.js';
import { testWith } from '../support/requirements.js';
import { withSyslog } from '../support/syslog-receiver.js';

const it = target(`
or: RegExpFilter, DIRECTORY/payload, root, payload, show|list
plain: RegExpFilter, DIRECTORY/payload, root, payload, plain
dollar: RegExpFilter, DIRECTORY/payload, root, payload, dollar$
start: RegExpFilter, DIRECTORY/payload, root, payload, ^start
digits: RegExpFilter, DIRECTORY/payload, root, payload, [0-9]+, x
slow: RegExpFilter, DIRECTORY/payload, root, payload, ^[/]*([^/\\0!]+(/+)?)*$, y
ahead: RegExpFilter, DIRECTORY/payload, root, payload, (?!z)^[/]*([^/\\0!]+(/+)?)*$, y, z
classic: RegExpFilter, DIRECTORY/payload, root, payload, (a+)+b, c, c, c
back: RegExpFilter, DIRECTORY/payload, root, payload, (a*)*(a*)*(a*)*\\1\\2b, c, c, c, c
broken: RegExpFilter, DIRECTORY/payload, root, payload, (, d
etc: RegExpFilter, DIRECTORY/payload, root, payload, /etc/(?!\\.\\.).*, e
dot: RegExpFilter, DIRECTORY/payload, root, payload, a.c, f
nothing: RegExpFilter, DIRECTORY/payload, root
nice: ChainingRegExpFilter, nice, root, nice, -n, [0-9]+
every: ChainingRegExpFilter, nice, root
true: CommandFilter, true, root
read: ReadFileFilter, /etc/hostname`);

testWith(['root'], 'whole-word: an alternative with anything behind it or in front of it', () => {
  for (const word of ['showx', 'show;', 'show x', 'show\n'])
    attempt(it, ['payload', word], { real: 'oslo' });
  for (const word of ['xlist', 'x\nlist', 'sho', '', 'show|list', 'list\nx'])
    attempt(it, ['payload', word]);
});

testWith(['root'], 'whole-word: a line end behind the word', () => {
  for (const word of ['plain\n', 'dollar\n']) attempt(it, ['payload', word], { real: 'oslo' });
  for (const word of [
    'plain\r',
    'plain\n\n',
    '\nplain',
    'dollar\nx',
    'startx',
    'start\n',
    'plain\u2028',
    'PLAIN',
  ]) {
    attempt(it, ['payload', word]);
  }
});

testWith(['root'], 'whole-word: more in one word than the pattern has', () => {
  for (const word of ['1 x', '1\nx', '', '-1', '1;x', '１a']) attempt(it, ['payload', word, 'x']);
  for (const word of ['a\nc', 'a\r\nc', 'abbc', 'a']) attempt(it, ['payload', word, 'f']);
});

testWith(['root'], 'a lookahead against .. at the start is not talked around', () => {
  for (const word of ['/etc/..', '/etc/../tmp', '/etc', 'x/etc/a', '/etc/\n..', '/etc/a\n']) {
    attempt(it, ['payload', word, 'e']);
  }
});

testWith(['root'], 'too few and too many words', () => {
  for (const words of [
    ['payload'],
    ['payload', 'plain', 'plain'],
    ['payload', 'plain', ''],
    ['', 'plain'],
    [''],
  ]) {
    attempt(it, words);
  }
});

testWith(['root'], 'pattern-time: words made to keep a pattern busy are refused in time', () => {
  for (const words of [
    [`${'a'.repeat(60)}!`, 'y'],
    [`${'a'.repeat(100_000)}!`, 'y'],
    [`${'/a'.repeat(30_000)}!`, 'y'],
    [`${'a'.repeat(60)}!`, 'y', 'z'],
    [`${'/a'.repeat(30_000)}!`, 'y', 'z'],
    ['a'.repeat(40), 'c', 'c', 'c'],
    ['a'.repeat(100_000), 'c', 'c', 'c'],
    ['a'.repeat(40), 'c', 'c', 'c', 'c'],
    ['a'.repeat(5_000), 'c', 'c', 'c', 'c'],
  ]) {
    attempt(it, ['payload', ...words]); // which waits a minute at most
  }
});

testWith(['root'], 'whole-word: a pattern that does not compile takes nothing', () => {
  for (const word of ['(', '', 'd']) attempt(it, ['payload', word, 'd']);
});

testWith(['root'], 'a ReadFileFilter reads that file and takes no other words', () => {
  for (const words of [
    ['cat', '/etc/hostname', '/etc/shadow'],
    ['cat', '/etc//hostname'],
    ['cat', '/etc/../etc/shadow'],
    ['cat', '-n', '/etc/hostname'],
    ['cat', '/etc/hostname '],
    ['cat', '/etc/hostname\n'],
    ['cat'],
    ['/bin/cat', '/etc/hostname'],
  ]) {
    attempt(it, words);
  }
});

testWith(['root'], 'inner-path, inner-plan: behind a ChainingRegExpFilter too', () => {
  attempt(it, ['nice', '-n', '5', it.payload]);
  attempt(it, ['nice', '-n', '5', `${it.directory}/true`]);
  attempt(it, ['nice', '-n', '5', '/usr/bin/true']);
  attempt(it, ['nice', '-n', '5', 'nice', '-n', '5', 'true']);
  attempt(it, ['nice', '-n', '5', '--', it.payload]);
  attempt(it, ['nice', '-n', '5x', 'true']);
  attempt(it, ['nice', '-n', '5']);
});

testWith(['root'], 'chaining-no-pattern: a chain without patterns', () => {
  attempt(it, ['true', it.payload], { status: 0 }); // CommandFilter’s own, which runs true
  attempt(it, ['nice', it.payload]);
  attempt(it, ['nice', 'true', it.payload]);
});

testWith(['python3'], 'not-utf8: bytes that are not UTF-8, cut or overlong', () => {
  const all = target('all: CommandFilter, DIRECTORY/payload, root');
  const code =
    'import os, sys; os.execv(sys.argv[2], [os.fsencode(word) for word in sys.argv[2:]] + [bytes.fromhex(sys.argv[1])])';
  for (const hex of ['ff', 'c0af', 'e2ff', '80', 'eda080', 'f4908080', '616263c3', 'c080']) {
    const words = ['-c', code, hex, executable(), all.config, all.payload];
    const { status } = run('/usr/bin/python3', words, { env: { PATH: SAFE_PATH } });
    assert.not.ok(existsSync(all.marker), hex);
    assert.is(status, 99, hex);
  }
});

testWith(['root'], 'words that look like escapes of NUL are only text', () => {
  for (const word of ['plain\\0', 'plain%00', 'plain\\x00', 'plain\u2400'])
    attempt(it, ['payload', word]);
});

testWith(['root'], 'very many and very long words are refused in time', () => {
  attempt(it, ['payload', ...Array.from({ length: 50_000 }, () => 'plain')]);
  attempt(it, ['payload', 'x'.repeat(120_000)]);
  attempt(it, ['x'.repeat(120_000)]);
  attempt(
    it,
    Array.from({ length: 8 }, () => 'A=1'.repeat(40_000)), // a message may have 1 MiB
  );
  attempt(it, ['env', ...Array.from({ length: 50_000 }, (_, index) => `N${index}=1`), 'true']);
});

testWith(
  ['root', 'mount namespaces', 'python3'],
  'log-escape: a word cannot become a line of the log',
  () => {
    const { config } = target(
      'true: CommandFilter, true, root',
      'use_syslog = true\nsyslog_log_level = INFO\nexec_dirs = /usr/bin',
    );
    const fake = '<46>Jan  1 00:00:00 tsrootwrap: (root > root) Executing';
    for (const separator of ['\n', '\r', '\r\n', '\v', '\f', '\x1c', '\x85', '\u2028', '\u2029']) {
      const { messages } = withSyslog([executable(), config, 'true', `a${separator}${fake}`], {
        env: { PATH: SAFE_PATH },
      });
      assert.is(messages.length, 1);
      assert.not.match(messages[0] ?? '', /[\n\r\v\f\x1c\x85\u2028\u2029]/);
    }
  },
);

test('log-escape: a refusal does not drive the caller’s terminal', () => {
  const { stderr } = tsrootwrap(it.config, [
    '\x1b]0;title\x07',
    '\x9b2J',
    '\b\b\b',
    '\u200e\u202e',
    '\x7f',
  ]);
  assert.not.match(stderr, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u202e]/);
  assert.is(stderr.split('\n').length, 2);
});

test.run();
