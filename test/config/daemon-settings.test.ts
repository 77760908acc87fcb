import { chownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type DaemonSettings,
  parseRootwrapConf,
  readRootwrapConf,
} from '#src/config/rootwrap-conf.js';
import { temporaryDirectory } from '../support/policy-files.js';
import { refusal } from '../support/refusal.js';
import { testWith } from '../support/requirements.js';

const FILE = '/etc/rw/rootwrap.conf';

function daemon(rest: string, file = FILE): DaemonSettings {
  return parseRootwrapConf(`[DEFAULT]\nfilters_path=/f\n${rest}`, file).daemon;
}

/** Each value must be refused on line 3, saying what to write instead. */
function refuses(key: string, values: readonly string[], instead: string): void {
  for (const value of values) {
    const message = refusal(() => daemon(`${key} = ${value}`));
    assert.ok(message.startsWith(`${FILE}:3: ${key} is "`), message);
    assert.ok(message.includes(`; write ${instead}`), message);
  }
}

const NUMBERS: readonly [string, keyof DaemonSettings, number, number][] = [
  ['daemon_max_connections', 'maxConnections', 1, 2_147_483_647],
  ['daemon_max_pending', 'maxPending', 1, 2_147_483_647],
  ['daemon_auth_timeout', 'authTimeout', 1, 3600],
  ['daemon_max_frame', 'maxFrame', 65_536, 268_435_456],
  ['daemon_max_requests', 'maxRequests', 1, 65_535],
  ['daemon_max_output', 'maxOutput', 0, 67_108_864],
];

for (const [key, name, least, most] of NUMBERS) {
  test(`${key} is a whole number from ${least} to ${most}`, () => {
    assert.is(daemon(`${key} = ${least}`)[name], least);
    assert.is(daemon(`${key} = +${most}`)[name], most);
    const words = [least - 1, most + 1, '', '-1', '1.0', '64k', '0x10', '1__0', '٣'].map(String);
    refuses(key, words, `a whole number from ${least} to ${most}`);
  });
}

test('daemon_max_memory is six times the largest frame and output, or more', () => {
  const MIB = 1024 * 1024;
  assert.is(daemon('').maxMemory, 256 * MIB);
  assert.is(daemon('daemon_max_frame = 134217728').maxMemory, 768 * MIB);
  assert.is(daemon('daemon_max_memory = 100663296').maxMemory, 96 * MIB);
  refuses('daemon_max_memory', ['100663295', '-1', ''], 'a whole number from 100663296 to');
  const small = 'daemon_max_output = 65536\ndaemon_max_frame = 65536\ndaemon_max_memory = 8388608';
  assert.is(daemon(small).maxMemory, 8 * MIB);
});

test('daemon_explain_refusals is true or false', () => {
  assert.is(daemon('daemon_explain_refusals = Yes').explainRefusals, true);
  assert.is(daemon('daemon_explain_refusals = off').explainRefusals, false);
  refuses('daemon_explain_refusals', ['', 'oui', '2'], 'true or false');
});

test('daemon_directory is one path, whatever characters are in it', () => {
  const at = (value: string, file?: string) =>
    daemon(`daemon_directory = ${value}`, file).directory;
  assert.is(at('/run/app'), '/run/app');
  assert.is(at('/run/a, b,c'), '/run/a, b,c');
  assert.is(at('run/../x'), '/etc/rw/run/../x');
  assert.is(at('run', '/r.conf'), '/run');
  assert.is(at('run', 'd/r.conf'), join(process.cwd(), 'd/run'));
});

test('a daemon_directory that is empty, goes on over lines or holds a NUL is an error', () => {
  refuses('daemon_directory', ['', '/a\0b', '/a\n  /b'], 'the path of one directory');
});

testWith(
  ['root'],
  'a relative daemon_directory in a file that others can exchange is refused',
  () => {
    const root = temporaryDirectory();
    const strangers = join(root, 'strangers');
    mkdirSync(strangers);
    chownSync(strangers, 12345, 12345);
    const own = join(root, 'rootwrap.conf');
    const linked = join(strangers, 'rootwrap.conf');
    symlinkSync(own, linked);
    writeFileSync(own, '[DEFAULT]\nfilters_path = /f\ndaemon_directory = run\n');
    assert.is(readRootwrapConf(own).daemon.directory, join(root, 'run'));
    assert.match(
      refusal(() => readRootwrapConf(linked)),
      `${linked}:3: daemon_directory has a relative path`,
    );
  },
);

test.run();
