import { chownSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { checkMistakes } from '#src/check/mistakes/check-mistakes.js';
import { MISTAKE_RULES } from '#src/check/mistakes/rules.js';
import { ConfigError } from '#src/config/config-error.js';
import { filterClasses } from '#src/policy/load-filters.js';
import { type PolicySource, readPolicySource } from '#src/policy/policy-source.js';
import { assertReadable } from '../../support/mistakes.js';
import { policyFiles, script, temporaryDirectory } from '../../support/policy-files.js';
import { testWith } from '../../support/requirements.js';

const findingsOf = (config: string, machine: boolean) =>
  checkMistakes(readPolicySource(config), { machine }).map(
    ({ rule, severity, filter = '' }) => `${severity} ${rule} ${filter}`,
  );

test('programs and users that are not there are told, unless the machine is left out', () => {
  const { config, bin } = policyFiles(
    'a: CommandFilter, gone, root\nb: CommandFilter, here, no-such-user',
  );
  script(join(bin, 'here'));
  assert.equal(findingsOf(config, true), ['low missing-executable a', 'medium unknown-user b']);
  assert.equal(findingsOf(config, false), []);
});

test('a missing program is told with the directories that were looked in', () => {
  const { config, bin } = policyFiles('a: CommandFilter, gone, root');
  const [finding] = checkMistakes(readPolicySource(config));
  assert.is(finding?.problem, `there is no program 'gone' in ${bin}`);
});

test('a KillFilter for a link never meets a process: its target is what runs', () => {
  const directory = temporaryDirectory();
  script(join(directory, 'real'));
  symlinkSync('real', join(directory, 'link'));
  const { config } = policyFiles(
    `a: KillFilter, root, ${directory}/link, -9\nb: KillFilter, root, ${directory}/real, -9\nc: KillFilter, root, link, -9`,
    `exec_dirs = ${directory}`,
  );
  const findings = findingsOf(config, true).filter((text) => text.includes('linked'));
  assert.equal(findings, ['low linked-program a', 'low linked-program c']);
});

testWith(
  ['root'],
  'a PathFilter whose directory others can change is told where the program may not have such paths',
  () => {
    const open = join(temporaryDirectory(), 'open');
    mkdirSync(open);
    chownSync(open, 12345, 12345);
    const lines = [
      'a, chown, root, svc',
      'b, chown, root, -R, svc',
      'c, rm, root',
      'd, cp, root, /etc',
      'e, mount, root, --bind',
    ];
    const filters = lines
      .map((line) => `${line.replace(',', ': PathFilter,')}, ${open}`)
      .join('\n');
    const { config } = policyFiles(filters, 'exec_dirs = /usr/bin');
    const told = () => findingsOf(config, true).filter((text) => text.includes('exchangeable'));
    const refused = ['b', 'c', 'e'].map((name) => `medium exchangeable-path ${name}`);
    assert.equal(told(), [...refused.slice(0, 2), 'low exchangeable-path d', ...refused.slice(2)]);
    const problems = checkMistakes(readPolicySource(config))
      .filter(({ rule }) => rule === 'exchangeable-path')
      .map(({ problem }) => problem.slice(0, problem.indexOf(': ')));
    assert.equal(problems, [
      `every path in ${open}, and that itself, is refused`,
      `every path in ${open}, and that itself, is refused`,
      `${open} itself is refused`,
      `every path in ${open}, but not that itself, is refused`,
    ]);
    chownSync(open, 0, 0);
    assert.equal(told(), []);
  },
);

testWith(
  ['root'],
  'a recursive PathFilter on a directory of root is told where others can fill one below it',
  () => {
    const open = join(temporaryDirectory(), 'open');
    const below = join(open, 'roots', 'theirs');
    mkdirSync(below, { recursive: true });
    mkdirSync(join(open, 'other'));
    symlinkSync('/tmp', join(open, 'link'));
    const { config } = policyFiles(
      `a: PathFilter, chmod, root, -R, 0711, ${open}\nb: PathFilter, chmod, root, 0711, ${open}\nc: PathFilter, mount, root, -r, pass, ${open}`,
      'exec_dirs = /usr/bin',
    );
    const told = () =>
      checkMistakes(readPolicySource(config))
        .filter(({ rule }) => rule === 'deep-path')
        .map(({ severity, filter, problem }) => `${severity} ${filter}: ${problem}`);
    assert.equal(told(), []);
    chownSync(below, 12345, 12345);
    assert.equal(told(), [
      `medium a: -R goes on below ${open}, and others than root can put links into ${below}`,
    ]);
    chownSync(open, 12345, 12345);
    assert.equal(told(), [], 'it is refused');
  },
);

test('a policy without filters is told: high when nothing of filters_path exists', () => {
  const { config, directory } = policyFiles('');
  assert.equal(findingsOf(config, true), ['medium no-filters ']);
  rmSync(join(directory, 'filters.d'), { recursive: true });
  assert.equal(findingsOf(config, true), ['high no-filters ']);
});

test('one directory of several that is missing is low, and depends on the machine', () => {
  const { config, directory } = policyFiles('a: CommandFilter, /bin/sh, root');
  writeFileSync(config, '[DEFAULT]\nfilters_path = filters.d,other.d\nprivsep_helper = false\n');
  assert.equal(findingsOf(config, true), ['low missing-directory ']);
  assert.equal(findingsOf(config, false), []);
  mkdirSync(join(directory, 'other.d'));
  assert.equal(findingsOf(config, true), []);
});

test('blanks in the lists of rootwrap.conf are medium, an empty entry is low', () => {
  const { config } = policyFiles(
    'a: CommandFilter, /bin/sh, root',
    'exec_dirs = /bin, /sbin,,/usr/bin',
  );
  assert.equal(findingsOf(config, false), ['medium config-warning ', 'low config-warning ']);
});

test('the engine allows what is shown of an EnvFilter without a program', () => {
  const { config, bin } = policyFiles('a: EnvFilter, env, root, A=');
  script(join(bin, 'env'));
  const source = readPolicySource(config);
  const [finding] = checkMistakes(source);
  assert.is(finding?.rule, 'env-without-program');
  const decision = source.policy.decide(finding?.example ?? []);
  assert.is(decision.outcome, 'allowed');
  const argv = decision.outcome === 'allowed' ? decision.plan.argv : [];
  assert.equal(argv, [join(bin, 'env'), 'id']);
});

test('a prefix without any command for its user is told, if all files are known', () => {
  const { config } = policyFiles(
    'a: ChainingRegExpFilter, nice, svc, nice\nb: CommandFilter, ls, root',
  );
  assert.equal(findingsOf(config, false), ['medium never-matches a']);
});

test('findings come in the order of the files and lines', () => {
  const { config, directory } = policyFiles(
    'z: RegExpFilter, x, root\na: Nothing, x\nz: CommandFilter, x, root',
  );
  writeFileSync(
    join(directory, 'filters.d', 'a.filters'),
    '[Filters]\nq: CommandFilter, b/c, root\n',
  );
  const places = checkMistakes(readPolicySource(config), { machine: false }).map(
    ({ file, line }) => `${file.slice(file.lastIndexOf('/') + 1)}:${line}`,
  );
  assert.equal(places, ['a.filters:2', 'test.filters:2', 'test.filters:3']);
});

test('every rule has a title without a full stop, and help', () => {
  for (const [id, { title, help }] of Object.entries(MISTAKE_RULES)) {
    assert.match(id, /^[a-z]+(-[a-z]+)*$/);
    assert.not.match(title, /\.$/);
    assert.match(help, /\.\)?$/);
  }
});

test('hostile files are judged without an error, and each line to paste can be read', () => {
  const piece = fc.constantFrom(
    ...[
      'x',
      'root',
      '',
      'env',
      'A=',
      '-9',
      '9',
      '/',
      '/etc/',
      '.*',
      '(',
      ')',
      '[',
      ']',
      '{1',
      '3}',
    ],
    ...['a++', '\\', '\\z', '(?>', '[[:alpha:]]', '#', ' # ', ';', '\x1b[31m', '\u202e', 'İ', '\0'],
    ...[
      '/*',
      '../x',
      'b: CommandFilter',
      '\n ',
      '\n b: CommandFilter',
      ',',
      '[a',
      '*',
      '([a-z]+)*',
    ],
  );
  const word = fc.array(piece, { maxLength: 3 }).map((pieces) => pieces.join(''));
  const name = fc.constantFrom('a', 'b', '[a', 'a]', 'A b', '%', '[a]');
  const line = fc
    .tuple(
      name,
      fc.constantFrom(...filterClasses(), 'Filter', ''),
      fc.array(word, { maxLength: 5 }),
    )
    .map(([key, className, words]) => `${key}: ${[className, ...words].join(', ')}`);
  fc.assert(
    fc.property(fc.array(line, { maxLength: 4 }), (lines) => {
      const file = join(temporary, 'hostile.filters');
      writeFileSync(file, `[Filters]\n${lines.join('\n')}\n`);
      let source: PolicySource;
      try {
        source = readPolicySource(file);
      } catch (error) {
        if (error instanceof ConfigError) return; // no file of filters at all
        throw error;
      }
      const findings = checkMistakes(source);
      for (const { instead, isLine } of findings) {
        if (isLine) assertReadable(instead ?? '');
      }
    }),
    { numRuns: 300 },
  );
});

const temporary = temporaryDirectory();

test.run();
