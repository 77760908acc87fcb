import { chmodSync, chownSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { cleanEnvironment, PASSED, withVariables } from '#src/exec/environment.js';
import { inChild } from '../support/child-module.js';
import { generated } from '../support/generated.js';
import { temporaryDirectory } from '../support/policy-files.js';
import { testWith } from '../support/requirements.js';

/** The entries that a command gets, as text with a character for each byte. */
function environment(
  given: readonly (string | Buffer)[],
  set: Readonly<Record<string, string>> = {},
  keep: readonly string[] = [],
): string[] {
  const entries = given.map((entry) => Buffer.from(entry as string, 'latin1'));
  return withVariables(cleanEnvironment(entries, '/home/user', keep), set).map((entry) =>
    typeof entry === 'string' ? entry : Buffer.from(entry).toString('latin1'),
  );
}

test('the harmless variables pass with a value as they usually have', () => {
  const given = [
    ...['LANG=de_DE.UTF-8@euro', 'LANGUAGE=de:en', 'LC_ALL=C.UTF-8', 'LC_TIME=', 'TZ=Europe/Paris'],
    ...['TERM=xterm-256color', 'COLORTERM=truecolor', 'NO_COLOR=1', 'COLUMNS=80', 'LINES=24'],
    ...['USER=nova', 'LOGNAME=svc-1'],
  ];
  assert.equal(environment(given), given);
});

test('each variable of the list is dropped when its value could name a file, a format or a program', () => {
  const odd = [
    '/tmp/x',
    '../x',
    'a/../b',
    '%s',
    'a b',
    '$(x)',
    '`x`',
    'x\n',
    'x;y',
    '() { :; }',
    '\xff',
    'é',
  ];
  for (const name of PASSED.keys()) {
    for (const value of odd)
      assert.equal(environment([`${name}=${value}`]), [], `${name}=${value}`);
    assert.equal(environment([`${name}=${'x'.repeat(100_000)}/`]), [], name);
  }
});

/** Each ran a caller's code as root, wrote a file, or changed what words mean, in some program. */
const ATTACKS = [
  'SYSTEM_WGETRC ZIP DEBIAN_FRONTEND DEBCONF_SYSTEMRC SS_READLINE_PATH E2FSPROGS_UNDO_DIR',
  'GETOPT_COMPATIBLE POSIXLY_CORRECT COMPlus_EnableDiagnostics BORG_RSH RESTIC_PASSWORD_COMMAND',
  'LD_PRELOAD LD_LIBRARY_PATH LD_AUDIT GLIBC_TUNABLES GCONV_PATH TZDIR TMPDIR LOCPATH NLSPATH',
  'BASH_ENV ENV SHELLOPTS PS4 IFS BASH_FUNC_ls%% BASH_LOADABLES_PATH CDPATH SHELL MAIL',
  'PYTHONPATH PYTHONSTARTUP PYTHONHOME PERL5LIB PERL5OPT RUBYOPT NODE_OPTIONS NODE_PATH',
  'npm_config_prefix NPM_CONFIG_PREFIX GIT_SSH_COMMAND GIT_EXEC_PATH LESSOPEN PAGER EDITOR',
  'SUDO_ASKPASS SSH_ASKPASS TAR_OPTIONS RSYNC_RSH IP_LIB_DIR XTABLES_LIBDIR LVM_SYSTEM_DIR',
  'TERMINFO TERMCAP OPENSSL_CONF KRB5_CONFIG APT_CONFIG VIMINIT EXINIT SASL_PATH LDAPCONF',
  'TSROOTWRAP_SOFT_NOFILE DBUS_SYSTEM_BUS_ADDRESS XDG_CONFIG_HOME DOCKER_HOST LISTEN_FDS',
  'SUDO_UID SUDO_GID SUDO_USER SUDO_COMMAND DOAS_USER LINGUAS LC_X LC_ALLX LANGX XTERM http_proxy',
].flatMap((line) => line.split(' '));

test('the variables through which known attacks went are dropped', () => {
  for (const name of ATTACKS) assert.equal(environment([`${name}=x`, `${name}=`]), [], name);
});

test('whatever its name, a variable that is not on the list is dropped', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1 }), fc.string(), (name, value) => {
      const bytes = Buffer.from(name).toString('latin1').replace(/[=\0]/g, '_');
      if (PASSED.has(bytes) || bytes === 'PATH' || bytes === 'HOME') return;
      assert.equal(environment([`${bytes}=${value.replaceAll('\0', '')}`]), []);
    }),
    generated(2000),
  );
});

test('env_keep lets further names pass, whatever their value, and beginnings of names', () => {
  const given = ['http_proxy=http://x/%20', 'https_proxy=y', 'OS_A=1', 'OS_=2', 'OS=3', 'xOS_A=4'];
  assert.equal(environment(given, {}, ['http_proxy', 'OS_*']), [
    'http_proxy=http://x/%20',
    'OS_A=1',
    'OS_=2',
  ]);
  assert.equal(environment(['TZ=/etc/x', 'LANG=/x'], {}, ['TZ']), ['TZ=/etc/x']);
});

test('env_keep = * lets all pass but what takes over the loader, functions, and our own', () => {
  const given = ['A=1', 'PYTHONPATH=/x', 'LANG=%n', 'toString=1', '__proto__=2', 'BASH_ENV=/x'];
  const never = ['LD_PRELOAD=x', 'LD_=x', 'GLIBC_TUNABLES=x', 'GCONV_PATH=/x', '_RLD_LIST=x'];
  const other = ['TSROOTWRAP_CALLER_UID=0', 'f=() { :; }'];
  assert.equal(environment([...given, ...never, ...other], {}, ['*']), given);
  assert.equal(environment(never, {}, ['L*', 'LD*', 'G*', '_*']), []);
});

test('names that objects inherit are no names of the list', () => {
  assert.equal(environment(['toString=1', 'constructor=2', '__proto__=3']), []);
});

test('long and many names are looked at in a moment', () => {
  const given = Array.from({ length: 60 }, (_, n) => `${'x'.repeat(20_000 + n)}=1`);
  const start = process.hrtime.bigint();
  assert.equal(environment(given), []);
  assert.ok(process.hrtime.bigint() - start < 500_000_000n, 'it took long');
});

test('what the plan sets is set, whatever its name, in place of what was given', () => {
  const set = { LD_PRELOAD: 'lib.so', LANG: '2', TZ: '/x', PATH: '/tmp', F: '() { :; }' };
  assert.equal(environment(['LANG=1', 'LD_PRELOAD=evil', 'PATH=/bin', 'TERM=x'], set), [
    'TERM=x',
    'LD_PRELOAD=lib.so',
    'LANG=2',
    'TZ=/x',
    'PATH=/tmp',
    'F=() { :; }',
  ]);
});

test('what the plan sets replaces a name of any characters', () => {
  const given = Buffer.from('É=1').toString('latin1');
  assert.equal(environment([given], { É: '2' }, ['*']), ['É=2']);
});

test('of two entries with one name the first counts', () => {
  assert.equal(environment(['LANG=a', 'TERM=b', 'LANG=c']), ['LANG=a', 'TERM=b']);
});

test('an entry without a name or without = is dropped', () => {
  assert.equal(environment(['', 'A', '=1', '=', 'LANG'], {}, ['*']), []);
});

test('a time zone is a name of the database or a rule, and leads nowhere else', () => {
  const zones = ['UTC', 'Europe/Paris', ':Europe/Paris', 'America/Argentina/Ushuaia', 'Etc/GMT+5'];
  const rules = [
    'CET-1CEST',
    'CET-1CEST,M3.5.0,M10.5.0/3',
    '<+0330>-3:30',
    'EST5EDT,J60,J300/2:30',
  ];
  for (const zone of [...zones, ...rules])
    assert.equal(environment([`TZ=${zone}`]), [`TZ=${zone}`]);
  const leading = ['/etc/shadow', ':/etc/shadow', '../../tmp/evil', 'Europe/../../x', 'a//b', 'a/'];
  for (const value of [
    ...leading,
    '%s',
    'a/b%',
    'Europe/Paris\n',
    './a',
    'X1,../../x',
    'X1,M3/../x',
  ]) {
    assert.equal(environment([`TZ=${value}`]), [], value);
  }
});

test('bytes that are not UTF-8 pass unaltered where env_keep lets them', () => {
  const entry = Buffer.from([0x41, 0x3d, 0xff, 0xfe, 0x0a, 0x80]);
  const [passed] = cleanEnvironment([entry], '/', ['A']);
  assert.ok(Buffer.from(passed as Uint8Array).equals(entry));
});

testWith(['root'], 'PATH keeps directories that only root can write to', () => {
  const directory = temporaryDirectory();
  const path = (value: string) => environment([`PATH=${value}`]);
  assert.equal(path(`/usr/bin:${directory}:/bin`), [`PATH=/usr/bin:${directory}:/bin`]);
  chmodSync(directory, 0o777);
  assert.equal(path(`${directory}:/usr/bin:/bin`), ['PATH=/usr/bin:/bin']);
  assert.equal(path(':.:bin::/usr/bin:'), ['PATH=/usr/bin']);
  assert.equal(path('/usr/bin:/nonexistent'), ['PATH=/usr/bin']);
});

testWith(['root'], 'a PATH of which nothing is kept becomes a safe one', () => {
  const safe = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  for (const value of ['', '.', ':', '/tmp', '/nonexistent', 'bin']) {
    assert.equal(environment([`PATH=${value}`]), [safe], value);
  }
});

testWith(['root'], "HOME becomes the user's own where others could write to it", () => {
  const directory = temporaryDirectory();
  assert.equal(environment([`HOME=${directory}`]), [`HOME=${directory}`]);
  chownSync(directory, 12345, 12345);
  assert.equal(environment([`HOME=${directory}`]), ['HOME=/home/user']);
  for (const value of ['', '.', '/nonexistent', '/tmp', join(directory, 'x')]) {
    assert.equal(environment([`HOME=${value}`]), ['HOME=/home/user'], value);
  }
});

testWith(['root'], 'HOME and PATH are looked at by the very bytes that are handed on', () => {
  const top = temporaryDirectory();
  const asUtf8 = join(top, 'é'); // two bytes, which as latin1 are the name that the caller owns
  const asLatin1 = join(top, Buffer.from('é').toString('latin1'));
  mkdirSync(asUtf8);
  mkdirSync(asLatin1);
  const bytes = (path: string) => Buffer.from(path).toString('latin1');
  chownSync(asUtf8, 12345, 12345);
  assert.equal(environment([`HOME=${bytes(asUtf8)}`]), ['HOME=/home/user']);
  assert.equal(environment([`PATH=/bin:${bytes(asUtf8)}`]), ['PATH=/bin']);
  chownSync(asUtf8, 0, 0);
  chownSync(asLatin1, 12345, 12345);
  assert.equal(environment([`HOME=${bytes(asUtf8)}`]), [`HOME=${bytes(asUtf8)}`]);
  assert.equal(environment([`PATH=/bin:${bytes(asUtf8)}`]), [`PATH=/bin:${asUtf8}`]);
  assert.equal(environment([`HOME=${top}/\xff`]), ['HOME=/home/user']);
  assert.equal(environment([`PATH=/bin:${top}/\xff`]), ['PATH=/bin']);
});

testWith(['root'], 'without root PATH and HOME stay', () => {
  const program = `answer = environment.cleanEnvironment(
    ['PATH=.:/tmp', 'HOME=/tmp', 'IFS=x'].map((entry) => Buffer.from(entry)), '/root', []
  ).map((entry) => Buffer.from(entry).toString());`;
  const modules = { environment: '#src/exec/environment.js' };
  assert.equal(inChild(modules, program, { uid: 12345 }), ['PATH=.:/tmp', 'HOME=/tmp']);
});

test.run();
