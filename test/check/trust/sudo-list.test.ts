import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isPattern, readSudoCommand } from '#src/check/trust/sudo-command.js';
import { parseSudoList, settings } from '#src/check/trust/sudo-list.js';

/** As sudo 1.9.13 prints it where lines are folded. */
const FOLDED = `Matching Defaults entries for svc on web1:
    env_reset, mail_badpass,
    secure_path=/usr/local/sbin\\:/usr/bin,
    env_keep+="FOO BAR", !env_reset

Runas and Command-specific defaults for svc:
    Defaults>root !env_reset    Defaults!/usr/bin/a, /usr/bin/b env_reset,
    !setenv

User svc may run the following commands on web1:

Sudoers entry:
    RunAsUsers: root, nobody
    RunAsGroups: adm
    Options: setenv, !authenticate
    Commands:
\t/usr/bin/a x
        y *
\t!/usr/bin/b

Sudoers entry: /etc/sudoers.d/app:3
    RunAsUsers: ALL
    Commands:
\tALL
`;

test('defaults, lines and their fields are read, folded or not', () => {
  const list = parseSudoList(FOLDED);
  assert.equal(list.defaults, [
    'env_reset',
    'mail_badpass',
    'secure_path=/usr/local/sbin\\:/usr/bin',
    'env_keep+="FOO BAR"',
    '!env_reset',
  ]);
  assert.equal(list.bound, ['>root !env_reset', '!/usr/bin/a, /usr/bin/b env_reset, !setenv']);
  assert.equal(list.entries, [
    {
      runAsUsers: ['root', 'nobody'],
      runAsGroups: ['adm'],
      options: ['setenv', '!authenticate'],
      commands: ['/usr/bin/a x y *', '!/usr/bin/b'],
    },
    {
      source: '/etc/sudoers.d/app:3',
      runAsUsers: ['ALL'],
      runAsGroups: [],
      options: [],
      commands: ['ALL'],
    },
  ]);
});

test('nothing, and nonsense, are no lines', () => {
  for (const text of [
    '',
    '\n\n',
    'User svc is not allowed to run sudo on web1.\n',
    '\tALL\n',
    '    Commands:\n\tALL\n',
    'Sudoers entry:\n\tALL\n',
    `${'x'.repeat(100_000)}\n${'"'.repeat(100_000)}`,
  ]) {
    assert.equal(
      parseSudoList(text).entries.flatMap(({ commands }) => commands),
      [],
    );
  }
});

test('commas inside of quotes and behind backslashes do not split', () => {
  assert.equal(settings('a, b="c, d", e\\,f, g="\\"x, y"'), [
    'a',
    'b="c, d"',
    'e\\,f',
    'g="\\"x, y"',
  ]);
});

test('a command is program and words; digests are left out', () => {
  const read = (text: string) => {
    const command = readSudoCommand(text);
    return command && [command.program, command.words];
  };
  assert.equal(read('/bin/x'), ['/bin/x', undefined]);
  assert.equal(read('/bin/x ""'), ['/bin/x', []]);
  assert.equal(read('/bin/x\\,y a\\:b c\\ d'), ['/bin/x,y', ['a\\:b', 'c\\ d']]);
  assert.equal(read('sha224:0Gom+F8m/Q==, sha256:aa== /bin/ls -l'), ['/bin/ls', ['-l']]);
  assert.is(read('!/bin/x'), undefined);
  assert.is(read('sha224:aa== !/bin/x'), undefined);
});

test('a wildcard is one unless a backslash is in front', () => {
  for (const word of ['*', 'a?', '[a]', 'a\\\\*', '^a$']) assert.ok(isPattern(word), word);
  for (const word of ['a', 'a\\*', '\\?', 'a\\[b]', '']) assert.not.ok(isPattern(word), word);
});

test.run();
