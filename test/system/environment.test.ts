import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { executable, publicPolicy, run, SAFE_PATH, tsrootwrap } from '../support/executable.js';
import { testWith } from '../support/requirements.js';

const FILTERS =
  'set: EnvFilter, env, USER, LC_ALL=, PATH=, LD_X=, printenv\nall: CommandFilter, /usr/bin/env, USER'.replaceAll(
    'USER',
    run('/usr/bin/id', ['-un']).stdout.trim(),
  );
const { config, directory } = publicPolicy(FILTERS, 'exec_dirs = /usr/bin');
const all = publicPolicy(FILTERS, 'exec_dirs = /usr/bin\nenv_keep = *').config;

/** The environment that a command finds, given this one. */
function found(env: Record<string, string>, policy = config): Record<string, string> {
  const { stdout } = tsrootwrap(policy, ['/usr/bin/env', '-0'], { env: { ...env } });
  const entries = stdout.split('\0').filter((entry) => entry !== '');
  return Object.fromEntries(
    entries.map((entry) => {
      const end = entry.indexOf('=');
      return [entry.slice(0, end), entry.slice(end + 1)];
    }),
  );
}

/** Without what tsrootwrap itself adds, and its shell where everything passes. */
function ofCaller({ TSROOTWRAP_CALLER_UID, PWD, ...rest }: Record<string, string>): object {
  assert.is(TSROOTWRAP_CALLER_UID, String(process.getuid?.()));
  return rest;
}

test('harmless variables arrive with their values as they are, others do not', () => {
  const env = {
    PATH: SAFE_PATH,
    TZ: 'Europe/Paris',
    LANG: 'de_DE.UTF-8',
    TERM: 'xterm',
    LC_ALL: '',
  };
  const kept = found({
    ...env,
    EMPTY: '',
    ODD: 'x',
    lower_1: '1',
    http_proxy: 'http://x/',
    SUDO_USER: 'x',
  });
  assert.equal(ofCaller(kept), env);
});

test('what env_keep names arrives with its value as it is', () => {
  const { config } = publicPolicy(FILTERS, 'exec_dirs = /usr/bin\nenv_keep = ODD, OS_*');
  const env = { PATH: SAFE_PATH, ODD: ' a=b\n\t"\'\\$x Zürich ', OS_1: '%s%n', OS_EMPTY: '' };
  assert.equal(ofCaller(found({ ...env, OS: '1', EVEN: '1' }, config)), env);
});

test('locale and terminal names that are paths or formats are dropped', () => {
  const kept = found({
    PATH: SAFE_PATH,
    LC_ALL: '/tmp/locale',
    LANG: '%n',
    TERM: '../x',
    TZ: '/etc/shadow',
    LC_TIME: 'C',
  });
  assert.equal(
    [kept.LC_ALL, kept.LANG, kept.TERM, kept.TZ, kept.LC_TIME],
    [undefined, undefined, undefined, undefined, 'C'],
  );
});

test('a value that is a shell function is dropped', () => {
  assert.is(found({ PATH: SAFE_PATH, x: '() { :; }; echo bad' }, all).x, undefined);
});

testWith(['python3'], 'bytes that are not UTF-8 stay as they are', () => {
  const code = `
import os, sys
os.execve(sys.argv[1], sys.argv[1:], {b'ODD': b'\\xff\\xfe\\x80z', b'PATH': b'/usr/bin:/bin'})
`;
  const { stdout } = run('/usr/bin/python3', [
    '-c',
    code,
    '/bin/sh',
    '-c',
    '"$@" | od -An -tx1 -v | tr -d " \\n"',
    'sh',
    executable(),
    all,
    '/usr/bin/env',
  ]);
  assert.ok(stdout.includes(`${Buffer.from('ODD=').toString('hex')}fffe807a0a`), stdout);
});

testWith(['python3'], 'of two entries with one name one arrives', () => {
  const code = `
import ctypes, sys
words = [word.encode() for word in sys.argv[1:]]
argv = (ctypes.c_char_p * (len(words) + 1))(*words, None)
envp = (ctypes.c_char_p * 4)(b'TWICE=1', b'TWICE=2', b'PATH=/usr/bin', None)
ctypes.CDLL(None).execve(words[0], argv, envp)
`;
  const { stdout } = run('/usr/bin/python3', ['-c', code, executable(), all, '/usr/bin/env']);
  assert.is(stdout.match(/^TWICE=/gm)?.length, 1, stdout);
});

testWith(['root'], 'for root, PATH keeps only directories that nobody else can write to', () => {
  const path = `/usr/bin:${directory}:/tmp::.:bin:/nonexistent:/bin`;
  assert.is(found({ PATH: path }).PATH, `/usr/bin:${directory}:/bin`);
});

testWith(['root'], 'for root, a PATH of which nothing is left becomes a safe one', () => {
  assert.is(
    found({ PATH: '/tmp:.' }).PATH,
    '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  );
});

testWith(['root'], 'for root, HOME is root’s own unless only root can write there', () => {
  assert.is(found({ PATH: SAFE_PATH, HOME: '/tmp' }).HOME, '/root');
  assert.is(found({ PATH: SAFE_PATH, HOME: 'relative' }).HOME, '/root');
  assert.is(found({ PATH: SAFE_PATH, HOME: '/usr/share' }).HOME, '/usr/share');
});

test('an EnvFilter sets its own names to what the caller says, over the caller’s', () => {
  const { stdout, status } = tsrootwrap(
    config,
    ['env', 'LC_ALL=x/y', 'PATH=/only', 'LD_X=1', 'printenv', 'LC_ALL', 'PATH', 'LD_X'],
    { env: { PATH: SAFE_PATH, LC_ALL: 'C', LD_X: '2' } },
  );
  assert.is(stdout, 'x/y\n/only\n1\n');
  assert.is(status, 0);
});

test('an EnvFilter’s name without a value leaves the variable as it was', () => {
  const { stdout } = tsrootwrap(
    config,
    ['env', 'LC_ALL=', 'PATH=/x', 'LD_X=', 'printenv', 'LC_ALL', 'LD_X'],
    { env: { PATH: SAFE_PATH, LC_ALL: 'C', LD_X: '2' } },
  );
  assert.is(stdout, 'C\n');
});

test('nothing is added but who asked', () => {
  assert.equal(ofCaller(found({ PATH: SAFE_PATH })), { PATH: SAFE_PATH });
  const { NODE_V8_COVERAGE: _, ...rest } = found({ PATH: SAFE_PATH }, all); // Node hands it on under c8
  assert.equal(ofCaller(rest), { PATH: SAFE_PATH });
});

test.run();
