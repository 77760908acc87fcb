import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { lineFor, mistakesIn, rulesIn } from '../../support/mistakes.js';

test('a line at which the engine stops is high, and the others are judged all the same', () => {
  const [finding, other] = mistakesIn('a: RegExpFilter, x\nb: RegExpFilter, x, root');
  assert.is(finding?.rule, 'engine-refuses');
  assert.is(finding?.severity, 'high');
  assert.is(finding?.line, 2);
  assert.is(other?.rule, 'never-matches');
});

test('an unknown class is told with the nearest one, else with all', () => {
  assert.is(lineFor('a: Regexfilter, x, root, x'), 'a: RegExpFilter, x, root, x');
  assert.is(lineFor('a: commandfilter, x, root'), 'a: CommandFilter, x, root');
  assert.is(lineFor('a: Command, x, root'), 'a: CommandFilter, x, root');
  assert.is(
    lineFor('a: oslo_rootwrap.filters.KillFilter, root, /bin/x, -9'),
    'a: KillFilter, root, /bin/x, -9',
  );
  for (const other of ['SomethingElse', 'DnsmasqFilter', 'Filter', 'X', '']) {
    const [finding] = mistakesIn(`a: ${other}, x, root`);
    assert.match(finding?.instead ?? '', /^write one of CommandFilter, /, other);
  }
  assert.is(lineFor('a: KillFilters, root, x'), 'a: KillFilter, root, x');
  assert.is(lineFor('a: IPFilter, ip, root'), 'a: IpFilter, ip, root');
  assert.is(mistakesIn('a: PathFiltre, x')[0]?.instead, 'write PathFilter');
});

test('a name given twice in one file loses a line, unless both say the same', () => {
  const [lost] = mistakesIn(
    'a: CommandFilter, x, root\na_2: CommandFilter, y, root\nA: CommandFilter, z, root',
  );
  assert.is(lost?.rule, 'repeated-name');
  assert.is(lost?.severity, 'medium');
  assert.is(lost?.line, 2);
  assert.match(lost?.problem ?? '', /line 4/);
  assert.is(lost?.instead, 'a_3: CommandFilter, x, root');
  const [same] = mistakesIn('a: CommandFilter, x, root\na: CommandFilter, x, root');
  assert.is(same?.severity, 'low');
  assert.equal(rulesIn('a: CommandFilter, x, root\n[Other]\nb: 1\nb: 2'), []);
});

test('a filter that is indented by accident is told with both lines', () => {
  assert.is(
    lineFor('a: CommandFilter, x, root\n  b: CommandFilter, y, root'),
    'a: CommandFilter, x, root\nb: CommandFilter, y, root',
  );
  assert.is(
    lineFor('a: CommandFilter, x, root\n  a: CommandFilter, y, root'),
    'a: CommandFilter, x, root\na_2: CommandFilter, y, root',
  );
  assert.is(lineFor('a: RegExpFilter, x, root,\n  x\n  y'), 'a: RegExpFilter, x, root, x, y');
  assert.equal(rulesIn('a: RegExpFilter, x, root,\n  x,\n\n  y: z'), []);
});

test('a line that is too long to be judged is told as that', () => {
  const line = (count: number, word: string) =>
    rulesIn(`a: RegExpFilter, x, root, x${`, ${word}`.repeat(count)}`);
  assert.equal(line(197, 'y'), []);
  assert.equal(line(198, 'y'), ['too-long']);
  assert.equal(line(1, '['.repeat(1_000_000)), ['too-long']);
  assert.equal(line(100_000, '('), ['too-long']);
});

test('a comment behind a value is told', () => {
  assert.is(lineFor('a: CommandFilter, x, root # why'), 'a: CommandFilter, x, root');
  assert.is(lineFor('a: RegExpFilter, x, root, x, a+ ; b, c'), 'a: RegExpFilter, x, root, x, a+');
  assert.equal(rulesIn('a: RegExpFilter, x, root, x, a#b, ;c, d; e, f#'), []);
  assert.equal(rulesIn('a: RegExpFilter, sh, root, sh, -ec, cd /x ; ls'), []);
});

test('filters that can take no command are told, with what does what was meant', () => {
  assert.is(
    lineFor('a: ChainingFilter, /bin/nice, root'),
    'a: ChainingRegExpFilter, /bin/nice, root, nice',
  );
  assert.is(
    lineFor('a: ChainingRegExpFilter, nice, root'),
    'a: ChainingRegExpFilter, nice, root, nice',
  );
  assert.is(
    lineFor('a: RegExpFilter, mkfs.ext4, root'),
    'a: RegExpFilter, mkfs.ext4, root, mkfs\\.ext4',
  );
  assert.is(lineFor('a: PathFilter, ls, root'), 'a: RegExpFilter, ls, root, ls');
  assert.is(lineFor('a: IpNetnsExecFilter, ip, svc'), 'a: IpNetnsExecFilter, ip, root');
  assert.equal(rulesIn('a: EnvFilter, env, root, x, A='), ['never-matches']);
  assert.equal(rulesIn('a: IpNetnsExecFilter, ip, root\nb: EnvFilter, env, root, A=, x'), []);
});

test('a filter for env behind the first EnvFilter does not see that word', () => {
  const behind = 'e: EnvFilter, env, root, A=, x\na: RegExpFilter, env, root, env, A=1, /bin/x';
  const [finding] = mistakesIn(behind);
  assert.is(finding?.rule, 'behind-env-filter');
  assert.match(finding?.problem ?? '', /the EnvFilter on line 2/);
  assert.equal(rulesIn(behind.split('\n').reverse().join('\n')), []);
  assert.equal(rulesIn('e: EnvFilter, env, root, A=, x\na: CommandFilter, /usr/bin/env, root'), []);
});

test('PathFilter and ReadFileFilter compare text: a pattern there is told', () => {
  assert.is(
    lineFor('a: PathFilter, cat, root, /etc/(?!\\.\\.).*'),
    'a: PathFilter, cat, root, /etc',
  );
  assert.is(lineFor('a: PathFilter, cat, root, .*'), 'a: PathFilter, cat, root, pass');
  assert.is(lineFor('a: PathFilter, cat, root, PASS'), 'a: PathFilter, cat, root, pass');
  assert.is(lineFor('a: ReadFileFilter, /etc/app/.*'), 'a: PathFilter, cat, root, /etc/app');
  assert.is(
    lineFor('a: ReadFileFilter, /etc/app/[a-z]+\\.conf'),
    'a: RegExpFilter, cat, root, cat, /etc/app/[a-z]+\\.conf',
  );
  for (const narrow of ['/.*/x', '/etc/nova*', '/dev/vd[a-z]', '/etc/a/.*\\.conf']) {
    for (const filter of [`ReadFileFilter, ${narrow}`, `PathFilter, cat, root, ${narrow}`]) {
      const [finding] = mistakesIn(`a: ${filter}`);
      assert.is(finding?.rule, 'pattern-as-text', filter);
      assert.not.match(finding?.instead ?? '', /PathFilter, cat, root/, 'more than was meant');
    }
  }
  assert.equal(rulesIn('a: PathFilter, x, root, /usr/lib/c++, -o, ro.conf, pass, u+rw'), []);
  assert.equal(rulesIn('a: ReadFileFilter, /etc/my-app (old)/a.conf'), []);
});

test('paths that are relative, and the one that takes all, are told', () => {
  assert.is(lineFor('a: PathFilter, x, root, var/lib/x'), 'a: PathFilter, x, root, /var/lib/x');
  assert.equal(rulesIn('a: PathFilter, x, root, ../x'), ['relative-path']);
  assert.equal(rulesIn('a: PathFilter, x, root, /'), ['any-path']);
  assert.equal(rulesIn('a: PathFilter, x, root, ofproto/trace'), []);
  const [finding] = mistakesIn('a: ReadFileFilter, etc/hosts');
  assert.is(finding?.severity, 'medium');
  assert.is(lineFor('a: ReadFileFilter, root, /etc/hosts'), 'a: ReadFileFilter, /etc/hosts');
});

test('programs and users that cannot be meant are told', () => {
  assert.is(lineFor('a: CommandFilter, ls -l, root'), 'a: RegExpFilter, ls, root, ls, -l');
  assert.equal(rulesIn('a: CommandFilter, sbin/ls, root'), ['odd-program']);
  assert.equal(rulesIn('a: CommandFilter, /sbin/, root'), ['odd-program']);
  assert.equal(rulesIn('a: CommandFilter, ls,'), ['odd-user']);
  assert.is(lineFor('a: CommandFilter, root, /bin/ls'), 'a: CommandFilter, /bin/ls, root');
  assert.is(lineFor('a: KillFilter, /bin/x, root, -9'), 'a: KillFilter, root, /bin/x, -9');
  assert.equal(rulesIn('a: CommandFilter, /opt/a b, root\nb: CommandFilter, ls, svc-1'), [
    'odd-program',
  ]);
});

test('the first pattern is for the name: an argument in its place is told, another name is low', () => {
  assert.is(lineFor('a: RegExpFilter, ls, root, -l'), 'a: RegExpFilter, ls, root, ls, -l');
  assert.is(
    lineFor('a: RegExpFilter, cat, root, /etc/hosts'),
    'a: RegExpFilter, cat, root, cat, /etc/hosts',
  );
  assert.is(mistakesIn('a: RegExpFilter, /opt/x/python3, root, python, y')[0]?.severity, 'low');
  assert.is(lineFor('a: IpFilter, ifconfig, root'), 'a: IpFilter, ip, root');
  assert.equal(rulesIn('a: RegExpFilter, kill, root, kill, -\\d+, .*'), []);
  assert.equal(
    rulesIn('a: RegExpFilter, /sbin/x, root, /sbin/x, y\nb: RegExpFilter, z, root, z|zz, y'),
    [],
  );
});

test('words that a class ignores look like a limit: the line that is one is given', () => {
  assert.is(
    lineFor('a: CommandFilter, /opt/x/drv, root, /opt/x/drv, --query'),
    'a: RegExpFilter, /opt/x/drv, root, /opt/x/drv, --query',
  );
  assert.is(
    lineFor('a: CommandFilter, ls, root, -l, a.conf, [0-9]+'),
    'a: RegExpFilter, ls, root, ls, -l, a\\.conf, [0-9]+',
  );
  assert.is(lineFor('a: IpFilter, ip, root, link'), 'a: RegExpFilter, ip, root, ip, link');
  assert.is(
    lineFor('a: ReadFileFilter, /etc/a, /etc/b'),
    'a: ReadFileFilter, /etc/a\na_2: ReadFileFilter, /etc/b',
  );
  assert.equal(rulesIn('a: CommandFilter, ls, root\nb: ReadFileFilter, /etc/a'), []);
});

test('an EnvFilter compares neither values nor the words behind the program', () => {
  const [words] = mistakesIn('a: EnvFilter, env, root, A=, x, -f, .*');
  assert.is(words?.rule, 'not-compared');
  assert.is(words?.severity, 'medium');
  const [value] = mistakesIn('a: EnvFilter, env, root, A=1, B=, x');
  assert.is(value?.rule, 'not-compared');
  assert.is(value?.severity, 'low');
  assert.match(value?.problem ?? '', /'A=1'/);
  assert.equal(
    rulesIn('a: EnvFilter, env, root, LC_ALL=C, B=, x\nb: EnvFilter, x, root, C=, x'),
    [],
  );
  assert.equal(rulesIn('a: EnvFilter, x, root, A=, y'), ['not-compared']);
});

test('an EnvFilter without a program runs any, and the example shows it', () => {
  const [finding] = mistakesIn('a: EnvFilter, env, root, A=');
  assert.is(finding?.rule, 'env-without-program');
  assert.is(finding?.severity, 'high');
  assert.equal(finding?.example, ['A=1', 'env', 'id']);
  assert.equal(rulesIn('a: EnvFilter, env, root, A=, /usr/bin/env'), ['env-without-program']);
});

test('a KillFilter names a program that can be told, no interpreter, and signals that exist', () => {
  assert.is(lineFor('a: KillFilter, root, usr/sbin/x, -9'), 'a: KillFilter, root, /usr/sbin/x, -9');
  for (const program of ['python', '/usr/bin/python3.11', 'bash', '/usr/libexec/platform-python']) {
    const [finding] = mistakesIn(`a: KillFilter, root, ${program}, -9`);
    assert.is(finding?.rule, 'kill-interpreter', program);
    assert.is(finding?.severity, 'medium');
  }
  assert.is(
    lineFor('a: KillFilter, root, x, 9, -15, SIGHUP'),
    'a: KillFilter, root, x, -9, -15, -HUP',
  );
  assert.match(
    mistakesIn('a: KillFilter, root, x, -FOO')[0]?.problem ?? '',
    /no command is allowed/,
  );
  assert.equal(rulesIn('a: KillFilter, root, x\nb: KillFilter, root, pythonic, -0, -RTMIN+3'), []);
});

test.run();
