import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { checkMistakes } from '#src/check/mistakes/check-mistakes.js';
import { readPolicySource } from '#src/policy/policy-source.js';
import { assertAdvice, mistakesIn, rulesIn } from '../../support/mistakes.js';
import { policyFiles, script } from '../../support/policy-files.js';

const told = (filters: string) =>
  mistakesIn(filters).map(({ rule, severity, line }) => `${line} ${severity} ${rule}`);

test('a narrow filter behind one that takes any arguments is told, and in front of it too', () => {
  for (const narrow of [
    'RegExpFilter, x, root, x, a',
    'RegExpFilter, /usr/bin/x, root, x, [a-z]+',
    'PathFilter, x, root, /srv',
    'ChainingRegExpFilter, x, root, x, -n',
  ]) {
    assert.equal(told(`a: CommandFilter, x, root\nb: ${narrow}`), ['3 medium shadowed'], narrow);
    assert.equal(told(`b: ${narrow}\na: CommandFilter, x, root`), ['2 medium widened'], narrow);
  }
  assert.equal(
    told('a: CommandFilter, ip, root\nb: IpNetnsExecFilter, ip, root\nc: IpFilter, ip, root'),
    ['3 medium shadowed', '4 medium shadowed'],
  );
  assert.equal(told('a: CommandFilter, cat, root\nb: ReadFileFilter, /etc/x'), [
    '3 medium shadowed',
  ]);
});

test('the finding names the other line', () => {
  const [finding] = mistakesIn('a: CommandFilter, x, root\n\nb: RegExpFilter, x, root, x, a');
  assert.is(finding?.filter, 'b');
  assert.match(finding?.problem ?? '', /^line 2 takes these commands and more/);
  assert.match(finding?.instead ?? '', /^remove line 2/);
});

test('the same commands twice are low, for another user medium', () => {
  assert.equal(told('a: CommandFilter, x, root\nb: CommandFilter, x, root'), ['3 low shadowed']);
  const [other] = mistakesIn('a: CommandFilter, x, root\nb: CommandFilter, x, svc');
  assert.is(other?.severity, 'medium');
  assert.match(other?.problem ?? '', /runs them as root, not as svc/);
  assert.equal(rulesIn('b: RegExpFilter, x, svc, x, a\na: CommandFilter, x, root'), []);
  assert.equal(told('a: RegExpFilter, x, root, x, (a|b)\nb: RegExpFilter, x, root, x, (a|b)'), [
    '3 low shadowed',
  ]);
  assert.equal(told('a: EnvFilter, env, root, A=, B=, x\nb: EnvFilter, env, root, B=, A=, x'), [
    '3 low shadowed',
  ]);
});

test('a pattern that takes the word of a later line shadows it', () => {
  assert.equal(told('a: RegExpFilter, x, root, x, [a-z]+\nb: RegExpFilter, x, root, x, list'), [
    '3 medium shadowed',
  ]);
  assert.equal(told('a: RegExpFilter, x, root, x, [a-z]+\nb: RegExpFilter, x, root, x, l1'), []);
  assert.equal(told('a: RegExpFilter, x, root, x, .*\nb: RegExpFilter, x, root, x, [0-9]+'), [
    '3 medium shadowed',
  ]);
  assert.equal(told('a: PathFilter, x, root, /srv\nb: PathFilter, x, root, /srv/a'), [
    '3 medium shadowed',
  ]);
  assert.equal(told('a: PathFilter, x, root, /srv\nb: PathFilter, x, root, /srv-a'), []);
});

test('signals and variables that differ keep both lines', () => {
  assert.equal(told('a: KillFilter, root, x, -9, -15\nb: KillFilter, root, x, -15'), [
    '3 medium shadowed',
  ]);
  for (const filters of [
    'a: KillFilter, root, x, -9\nb: KillFilter, root, y, -9',
    'a: KillFilter, root, x, -9\nb: KillFilter, root, x, -9, -15',
    'a: KillFilter, root, x, -9\nb: KillFilter, root, x',
    'a: EnvFilter, env, root, A=, x\nb: EnvFilter, env, root, B=, x',
    'a: EnvFilter, env, root, A=, x\nb: EnvFilter, env, root, A=, B=, x',
    'a: EnvFilter, env, root, A=, x\nb: CommandFilter, x, root',
    'a: IpFilter, ip, root\nb: IpNetnsExecFilter, ip, root',
    'a: ChainingRegExpFilter, x, root, x\nb: RegExpFilter, x, root, x, a',
    'a: ChainingRegExpFilter, x, root, x\nb: ChainingRegExpFilter, x, svc, x\nc: CommandFilter, y, svc',
    'a: RegExpFilter, x, root, x, a\nb: RegExpFilter, x, root, x, a, a',
    'a: CommandFilter, x, root\nb: CommandFilter, y, root',
  ]) {
    assert.equal(rulesIn(filters), [], filters);
  }
});

test('the same program under two paths is an alternative for other systems', () => {
  assert.equal(
    rulesIn('a: RegExpFilter, /bin/x, root, x, a\nb: RegExpFilter, /usr/bin/x, root, x, a'),
    [],
  );
  const { config, bin, directory } = policyFiles('');
  script(join(bin, 'x'));
  writeFileSync(
    join(directory, 'filters.d', 'test.filters'),
    `[Filters]\na: RegExpFilter, ${bin}/x, root, x, a\nb: RegExpFilter, /usr/bin/x, root, x, a\n`,
  );
  const rules = checkMistakes(readPolicySource(config)).map(
    ({ rule, filter }) => `${filter} ${rule}`,
  );
  assert.ok(
    rules.includes('b shadowed'),
    'its program is there, so nothing comes to the other line',
  );
});

test('a line that matches nothing neither shadows nor is shadowed', () => {
  assert.equal(
    rulesIn(
      'a: RegExpFilter, x, root, x, (\nb: RegExpFilter, x, root, x, (\nc: CommandFilter, x, root',
    ),
    ['bad-pattern', 'bad-pattern'],
  );
});

test('the filter for privsep-helper that is always there makes narrower ones useless', () => {
  const filter = 'p: RegExpFilter, privsep-helper, root, privsep-helper, --config-file, /etc/x';
  const findings = (settings: string) => {
    const found = checkMistakes(readPolicySource(policyFiles(filter, settings).config), {
      machine: false,
    });
    assertAdvice(found);
    return found.map(({ rule, severity }) => `${severity} ${rule}`);
  };
  assert.equal(findings('exec_dirs = bin'), ['medium widened']);
  assert.equal(findings('exec_dirs = bin\nprivsep_helper = false'), []);
  assert.equal(rulesIn(filter), [], 'without a configuration nobody knows');
});

test('ten thousand lines for one program are judged without comparing all with all', () => {
  const lines = Array.from(
    { length: 10_000 },
    (_, i) => `a${i}: RegExpFilter, x, root, x, ${i}[a-z]`,
  );
  assert.equal(rulesIn(lines.join('\n')), []);
});

test.run();
