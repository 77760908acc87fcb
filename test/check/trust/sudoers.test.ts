import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Ground } from '#src/check/trust/ground.js';
import { TRUST_RULES } from '#src/check/trust/rules.js';
import { checkSudoers } from '#src/check/trust/sudoers.js';
import { policyFiles, script, temporaryDirectory } from '../../support/policy-files.js';
import { testWith } from '../../support/requirements.js';
import { sudoer } from '../../support/sudoers.js';
import { NO_INSTALLATION, soundPolicy, trust } from '../../support/trust.js';

const place = temporaryDirectory();
chmodSync(place, 0o755);
const one = script(join(place, 'tsrootwrap'));
const daemon = script(join(place, 'tsrootwrap-daemon'));
const { config } = policyFiles('');

const DEFAULTS = 'env_reset, secure_path=/usr/sbin\\:/usr/bin';

interface Listed {
  readonly runAs?: string;
  readonly options?: string;
  readonly defaults?: string;
  readonly bound?: string;
}

function answer(commands: readonly string[], listed: Listed = {}): string {
  const { runAs = 'root', options = '!authenticate', defaults = DEFAULTS, bound } = listed;
  return [
    'Matching Defaults entries for svc on web1:',
    `    ${defaults}`,
    '',
    ...(bound === undefined ? [] : ['Runas and Command-specific defaults for svc:', bound, '']),
    'User svc may run the following commands on web1:',
    '',
    'Sudoers entry:',
    `    RunAsUsers: ${runAs}`,
    `    Options: ${options}`,
    '    Commands:',
    ...commands.map((command) => `\t${command}`),
    '',
  ].join('\n');
}

/** Severity and rule of what is found, without what is wrong with the files themselves. */
function judged(commands: readonly string[], listed: Listed = {}): string[] {
  const ground = new Ground();
  checkSudoers({ text: answer(commands, listed) }, { user: 'svc', config }, ground);
  for (const { rule } of ground.findings) assert.ok(rule in TRUST_RULES, rule);
  return ground.findings
    .map(({ severity, rule }) => `${severity} ${rule}`)
    .filter((line) => !/ trust-/.test(line));
}

test('the documented lines are no finding', () => {
  assert.equal(judged([`${one} ${config} *`]), []);
  assert.equal(judged([`${daemon} ${config}`]), []);
  assert.equal(judged([`${daemon} --stdio ${config}`]), []);
  assert.equal(judged([`${one} ${config} ip link show *`]), []);
  assert.equal(judged([`sha256:abc= ${one} ${config} *`]), []);
});

test('a configuration that is not fixed is found, however it is written', () => {
  for (const words of [
    '',
    ' *',
    ' * *',
    ` ${config}*`,
    ' /etc/*/rootwrap.conf',
    ' /etc/*/rootwrap.conf *',
    ' /etc/app/rootwrap.con? *',
    ' /etc/[a-z]pp/rootwrap.conf *',
    ' rootwrap.conf *',
    ' ./rootwrap.conf *',
    ' ^/etc/app/rootwrap.conf .*$',
  ]) {
    const found = judged([one + words]);
    assert.ok(found.includes('high sudoers-any-config'), words);
    assert.ok(found.includes('medium sudoers-none'), words);
  }
  for (const words of ['', ' *', ' --stdio', ' --stdio *']) {
    assert.ok(judged([daemon + words]).includes('high sudoers-any-config'), words);
  }
});

test('other names of the launcher are judged as well', () => {
  assert.ok(judged(['/usr/bin/nova-rootwrap *']).includes('high sudoers-any-config'));
  assert.ok(judged(['/usr/bin/nova-rootwrap-daemon']).includes('high sudoers-any-config'));
});

test('ALL is found unless it is for another user only', () => {
  assert.ok(judged(['ALL']).includes('high sudoers-all'));
  assert.ok(judged(['ALL'], { runAs: 'ALL' }).includes('high sudoers-all'));
  assert.ok(judged(['ALL'], { runAs: '#0' }).includes('high sudoers-all'));
  assert.equal(judged(['ALL'], { runAs: 'postgres' }), ['medium sudoers-none']);
  assert.equal(judged(['!ALL']), ['medium sudoers-none']);
});

test('programs by a pattern are found where tsrootwrap fits', () => {
  for (const program of [
    '/usr/local/bin/',
    '/usr/local/bin/*',
    '/usr/local/*/tsroot*',
    '/usr/bin/ts[r]ootwrap',
    '^/usr/.*$',
  ]) {
    assert.ok(judged([program]).includes('high sudoers-pattern'), program);
  }
  for (const program of ['/opt/x/', '/opt/*', '/usr/*', '/usr/local/bin/x*', '/usr/bin/\\*']) {
    assert.equal(judged([program]), ['medium sudoers-none'], program);
  }
  const long = `/usr/bin/${'*'.repeat(5000)}x`;
  assert.equal(judged([long]), ['medium sudoers-none']);
});

test('no line for this configuration is found', () => {
  assert.equal(judged(['/bin/ls']), ['medium sudoers-none']);
  assert.equal(judged([`${one} /etc/other/rootwrap.conf *`]), ['medium sudoers-none']);
  assert.equal(judged([`${one} ""`]), ['medium sudoers-none']);
  assert.equal(judged([`!${one} ${config} *`]), ['medium sudoers-none']);
});

test('a link to the configuration is the configuration', () => {
  const link = join(place, 'linked.conf');
  symlinkSync(config, link);
  assert.equal(judged([`${one} ${link} *`]), []);
});

test('variables that pass are found, by tag, by env_keep and without env_reset', () => {
  const line = [`${one} ${config} *`];
  assert.equal(judged(line, { options: 'setenv, !authenticate' }), ['high sudoers-environment']);
  for (const kept of ['LD_PRELOAD', 'FOO LD_*', 'LD*', '*', 'GCONV_PATH', 'LD_PRELOAD=/x*']) {
    const defaults = `${DEFAULTS}, env_keep+="${kept}"`;
    assert.equal(judged(line, { defaults }), ['high sudoers-environment'], kept);
  }
  for (const kept of ['HTTP_PROXY', 'LDX', 'TZ LANG']) {
    assert.equal(judged(line, { defaults: `${DEFAULTS}, env_keep+="${kept}"` }), [], kept);
  }
  const gone = `${DEFAULTS}, env_keep+="LD_PRELOAD A", env_keep-=LD_PRELOAD`;
  assert.equal(judged(line, { defaults: gone }), []);
  assert.equal(judged(line, { defaults: `${DEFAULTS}, !env_reset` }), [
    'medium sudoers-environment',
  ]);
});

test('options for the command come after the general ones', () => {
  const line = [`${one} ${config} *`];
  const mended = `    Defaults!${one} env_reset, !setenv`;
  assert.equal(judged(line, { defaults: `${DEFAULTS}, !env_reset, setenv`, bound: mended }), []);
  const broken = `    Defaults!/bin/x, ${one} env_keep+="LD_PRELOAD X"`;
  assert.equal(judged(line, { bound: broken }), ['high sudoers-environment']);
  assert.equal(judged(line, { bound: `    Defaults!/bin/x, ${one}-daemon setenv` }), []);
  assert.equal(judged(line, { bound: '    Defaults>root setenv' }), ['high sudoers-environment']);
  assert.equal(judged(line, { bound: '    Defaults>postgres setenv' }), []);
});

test('secure_path, a password, whom to run as, and words of the daemon are found', () => {
  const line = [`${one} ${config} *`];
  assert.equal(judged(line, { defaults: 'env_reset' }), ['low sudoers-path']);
  assert.equal(judged(line, { options: 'noexec' }), ['low sudoers-password']);
  assert.equal(judged(line, { defaults: `${DEFAULTS}, !authenticate`, options: '' }), []);
  assert.equal(judged(line, { runAs: 'ALL' }), ['medium sudoers-runas']);
  assert.equal(judged(line, { runAs: 'root, nobody' }), ['medium sudoers-runas']);
  assert.equal(judged(line, { runAs: 'ALL, !root' }), [
    'medium sudoers-runas',
    'medium sudoers-none',
  ]);
  assert.equal(judged([`${daemon} ${config} *`]), ['low sudoers-words']);
});

test('tsrootwrapctl is nothing for a service', () => {
  const found = judged(['/usr/local/bin/tsrootwrapctl check *', `${one} ${config} *`]);
  assert.equal(found, ['high sudoers-ctl']);
});

test('a program that is not there is found', () => {
  assert.equal(judged([`/nonexistent/tsrootwrap ${config} *`]), ['low sudoers-program']);
});

test('where sudo cannot be asked that is said', () => {
  const ground = new Ground();
  checkSudoers({ problem: 'there is no sudo' }, { user: 'svc', config }, ground);
  assert.equal(
    ground.findings.map(({ rule }) => rule),
    ['sudoers-unknown'],
  );
});

testWith(['root'], 'the package of the program that a line names is looked at', () => {
  const policy = soundPolicy();
  const root = temporaryDirectory();
  chmodSync(root, 0o755);
  mkdirSync(join(root, 'bin'));
  mkdirSync(join(root, 'dist'));
  const launcher = script(join(root, 'bin', 'tsrootwrap'));
  script(join(root, 'bin', 'node'));
  writeFileSync(join(root, 'package.json'), '{"name":"tsrootwrap"}');
  writeFileSync(join(root, 'dist', 'x'), '');
  chmodSync(join(root, 'dist', 'x'), 0o666);
  const askSudo = () => ({ text: answer([`${launcher} ${policy.config} *`]) });
  const found = trust(policy.config, { user: 'nobody', askSudo });
  assert.equal(
    found.map(({ rule, file }) => [rule, file]),
    [['trust-package', root]],
  );
});

test('for root sudo is not asked', () => {
  const askSudo = () => {
    throw new Error('asked');
  };
  const found = trust(config, { user: 'root', askSudo });
  assert.not.ok(found.some(({ rule }) => rule.startsWith('sudoers')));
});

testWith(['root', 'sudo'], 'sudo itself is asked, and the answer understood', () => {
  const policy = soundPolicy();
  const good = sudoer([one, policy.config, '*'], 'env_reset');
  const told = (user: string) =>
    trust(policy.config, { user, installation: NO_INSTALLATION }).map(({ rule }) => rule);
  assert.equal(told(good.name), []);
  const bad = sudoer([one, '*'], '!env_reset,env_keep+="LD_PRELOAD X"');
  assert.equal(told(bad.name), ['sudoers-environment', 'sudoers-any-config', 'sudoers-none']);
  assert.equal(told('nobody'), ['sudoers-none']);
  assert.equal(told('tsrw-no-such-user'), ['sudoers-unknown']);
  assert.equal(told('-l'), ['sudoers-unknown']);
});

/** What is told of a policy with `server` in two directories, under that secure_path. */
function innerPrograms(
  securePath: (directory: string) => string,
  server = 'server',
  settings = '',
): string[] {
  const filters = `nice: ChainingRegExpFilter, nice, root, nice\nserver: CommandFilter, ${server}, root`;
  const files = policyFiles(filters, `exec_dirs = bin,wrappers\n${settings}`);
  for (const name of ['bin', 'wrappers', 'others']) {
    mkdirSync(join(files.directory, name), { recursive: true });
    script(join(files.directory, name, 'server'));
  }
  const path = securePath(files.directory);
  const text = answer([`${one} ${files.config} *`], {
    defaults: `env_reset, secure_path=${path.replaceAll(':', '\\:')}`,
  });
  return trust(files.config, { user: 'nobody', askSudo: () => ({ text }) })
    .filter(({ rule }) => rule === 'inner-program')
    .map(({ filter, problem }) => `${filter}: ${problem.replaceAll(files.directory, '')}`);
}

test('a program that secure_path and exec_dirs find in different places is found', () => {
  assert.equal(
    innerPrograms((at) => `${at}/wrappers:${at}/bin`),
    [
      'server: `server` is /bin/server by itself and /wrappers/server behind a prefix: exec_dirs and secure_path differ in their order',
    ],
  );
  assert.equal(
    innerPrograms((at) => `${at}/others:${at}/bin`),
    [
      'server: behind a prefix `server` is /bin/server, and under oslo.rootwrap it was /others/server, which secure_path has first',
    ],
  );
});

test('a program that both find in one place is not', () => {
  assert.equal(
    innerPrograms((at) => `${at}/bin:${at}/wrappers`),
    [],
  );
  assert.equal(
    innerPrograms((at) => `${at}/wrappers`, 'server', 'inner_exec_dirs = bin'),
    [],
    'the policy says it',
  );
  assert.equal(
    innerPrograms((at) => `${at}/wrappers`, 'absent'),
    [],
  );
});

test.run();
