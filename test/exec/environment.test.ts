import { chmodSync, chownSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { cleanEnvironment, DROPPED, withVariables } from '#src/exec/environment.js';
import { inChild } from '../support/child-module.js';
import { temporaryDirectory } from '../support/policy-files.js';
import { testWith } from '../support/requirements.js';

/** The entries that a command gets, as text with a character for each byte. */
function environment(
  given: readonly (string | Buffer)[],
  set: Readonly<Record<string, string>> = {},
): string[] {
  const entries = given.map((entry) => Buffer.from(entry as string, 'latin1'));
  return withVariables(cleanEnvironment(entries, '/home/user'), set).map((entry) =>
    typeof entry === 'string' ? entry : Buffer.from(entry).toString('latin1'),
  );
}

test('an ordinary variable stays', () => {
  const given = ['A=1', 'USER=nova', 'EMPTY=', 'TWO=a=b', 'LINES=24', 'OS_AUTH_URL=http://x/'];
  assert.equal(environment(given), given);
});

test('every listed variable is dropped', () => {
  for (const name of DROPPED) {
    for (const full of name.endsWith('*') ? [name.slice(0, -1), `${name.slice(0, -1)}X`] : [name]) {
      assert.equal(environment([`${full}=x`]), [], full);
      assert.equal(environment([`${full}=`]), [], full);
    }
  }
});

test('the variables through which known attacks went are dropped', () => {
  const names = [
    'LD_PRELOAD LD_LIBRARY_PATH LD_AUDIT GLIBC_TUNABLES GCONV_PATH TZDIR TMPDIR LOCPATH',
    'BASH_ENV ENV SHELLOPTS PS4 IFS BASH_FUNC_ls%% BASH_LOADABLES_PATH CDPATH SHELL',
    'PYTHONPATH PYTHONSTARTUP PYTHONHOME PERL5LIB PERL5OPT RUBYOPT NODE_OPTIONS NODE_PATH',
    'npm_config_prefix NPM_CONFIG_PREFIX GIT_SSH_COMMAND GIT_EXEC_PATH LESSOPEN PAGER EDITOR',
    'SUDO_ASKPASS SSH_ASKPASS TAR_OPTIONS RSYNC_RSH IP_LIB_DIR XTABLES_LIBDIR LVM_SYSTEM_DIR',
    'TERMINFO TERMCAP OPENSSL_CONF KRB5_CONFIG APT_CONFIG VIMINIT EXINIT SASL_PATH LDAPCONF',
    'TSROOTWRAP_SOFT_NOFILE DBUS_SYSTEM_BUS_ADDRESS XDG_CONFIG_HOME DOCKER_HOST LISTEN_FDS',
  ].flatMap((line) => line.split(' '));
  for (const name of names) assert.equal(environment([`${name}=x`]), [], name);
});

test('a name that only starts or ends like a listed one stays', () => {
  const given = ['IFSX=1', 'XIFS=1', 'ENVIRONMENT=1', 'XLD_PRELOAD=1', 'ld_preload=1', 'LD=1'];
  assert.equal(environment(given), given);
});

test('long names are looked at in a moment', () => {
  const given = Array.from({ length: 60 }, (_, n) => `${'x'.repeat(20_000 + n)}=1`);
  const start = process.hrtime.bigint();
  assert.equal(environment(given), given);
  assert.ok(process.hrtime.bigint() - start < 500_000_000n, 'it took long');
});

test('a name that objects inherit stays', () => {
  const given = ['toString=1', 'constructor=2', '__proto__=3'];
  assert.equal(environment(given), given);
});

test('what the plan sets is set, listed or not, in place of what was given', () => {
  const set = { LD_PRELOAD: 'lib.so', A: '2', TZ: '/x', PATH: '/tmp', F: '() { :; }' };
  assert.equal(environment(['A=1', 'LD_PRELOAD=evil', 'PATH=/bin', 'B=1'], set), [
    'B=1',
    'LD_PRELOAD=lib.so',
    'A=2',
    'TZ=/x',
    'PATH=/tmp',
    'F=() { :; }',
  ]);
});

test('what the plan sets replaces a name of any characters', () => {
  const given = Buffer.from('É=1').toString('latin1');
  assert.equal(environment([given], { É: '2' }), ['É=2']);
});

test('of two entries with one name the first counts', () => {
  assert.equal(environment(['A=1', 'B=1', 'A=2']), ['A=1', 'B=1']);
});

test('an entry without a name or without = is dropped', () => {
  assert.equal(environment(['', 'A', '=1', '=', 'LD_PRELOAD']), []);
});

test('locale and terminal variables stay unless they could name a file or a format', () => {
  const names = ['LANG', 'LANGUAGE', 'LINGUAS', 'LC_ALL', 'LC_X', 'TERM', 'COLORTERM'];
  for (const name of names) {
    assert.equal(environment([`${name}=de_DE.UTF-8@euro`]), [`${name}=de_DE.UTF-8@euro`]);
    for (const value of ['/tmp/evil', '../x', 'a%s', '%n', 'a/', 'Europe/Paris']) {
      assert.equal(environment([`${name}=${value}`]), [], `${name}=${value}`);
    }
  }
});

test('a time zone may hold a slash between names and lead nowhere else', () => {
  const zones = ['UTC', 'Europe/Paris', ':Europe/Paris', 'America/Argentina/Ushuaia', 'Etc/GMT+5'];
  for (const zone of zones) assert.equal(environment([`TZ=${zone}`]), [`TZ=${zone}`]);
  const leading = ['/etc/shadow', ':/etc/shadow', '../../tmp/evil', 'Europe/../../x', 'a//b', 'a/'];
  for (const value of [...leading, '%s', 'a/b%', 'Europe/Paris\n', './a']) {
    assert.equal(environment([`TZ=${value}`]), [], value);
  }
});

test('a value that is a function to old shells is dropped', () => {
  assert.equal(environment(['x=() { :; }; echo evil', 'y=()', 'z= ()']), ['z= ()']);
});

test('bytes that are not UTF-8 pass unaltered', () => {
  const entry = Buffer.from([0x41, 0x3d, 0xff, 0xfe, 0x0a, 0x80]);
  const [passed] = cleanEnvironment([entry], '/');
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

testWith(['root'], 'without root PATH and HOME stay', () => {
  const program = `answer = environment.cleanEnvironment(
    ['PATH=.:/tmp', 'HOME=/tmp', 'IFS=x'].map((entry) => Buffer.from(entry)), '/root'
  ).map((entry) => Buffer.from(entry).toString());`;
  const modules = { environment: '#src/exec/environment.js' };
  assert.equal(inChild(modules, program, { uid: 12345 }), ['PATH=.:/tmp', 'HOME=/tmp']);
});

test.run();
