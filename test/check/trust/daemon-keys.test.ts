import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { temporaryDirectory } from '../../support/policy-files.js';
import { testWith } from '../../support/requirements.js';
import { brief, giveAway, soundPolicy, trust } from '../../support/trust.js';

const DAEMON = /daemon|observe/;

const found = (settings: string) => {
  const { config } = soundPolicy(undefined, settings);
  return trust(config).filter(({ rule }) => DAEMON.test(rule));
};

test('defaults and sensible limits are no finding', () => {
  assert.equal(found(''), []);
  assert.equal(found('daemon_max_connections = 1000\ndaemon_max_frame = 65536'), []);
});

test('limits that are none are told of, with the line, once for each key', () => {
  for (const setting of [
    'daemon_max_connections = 2147483647',
    'daemon_max_pending = 100000',
    'daemon_max_requests = 65535',
    'daemon_auth_timeout = 3600',
    'daemon_timeout = 2000000',
  ]) {
    const findings = found(setting);
    const own = findings.filter(({ problem }) => problem.startsWith(setting.split(' ')[0] ?? ''));
    assert.is(own.length, 1, setting);
    assert.is(own[0]?.severity, 'low');
    assert.is(own[0]?.line, 4);
  }
});

test('memory that is no limit is told of', () => {
  const [memory] = found('daemon_max_memory = 68719476736');
  assert.match(memory?.problem ?? '', /daemon_max_memory is 68719476736: .* 64 GiB/);
});

test('what is for writing filters only is told of', () => {
  assert.is(found('daemon_explain_refusals = yes')[0]?.rule, 'daemon-explains');
  assert.ok(found('observe = decisions').some(({ rule }) => rule === 'observe-on'));
});

testWith(['root'], 'a directory for sockets that others can exchange is told of', () => {
  const open = temporaryDirectory();
  for (const mode of [0o777, 0o1777, 0o775]) {
    chmodSync(open, mode);
    const findings = found(`daemon_directory = ${open}`);
    assert.equal(brief(findings, open), ['medium trust-daemon .'], mode.toString(8));
  }
  chmodSync(open, 0o755);
  assert.equal(found(`daemon_directory = ${open}`), []);
});

testWith(
  ['root'],
  'a file of decisions that others can write is told of, and one not made yet',
  () => {
    const directory = temporaryDirectory();
    const file = join(directory, 'decisions');
    writeFileSync(file, '');
    giveAway(file);
    const rules = (path: string) => brief(found(`observe = ${path}`), directory);
    assert.ok(rules(file).includes('medium trust-observe /decisions'));
    chownSync(file, 0, 0);
    chmodSync(file, 0o640);
    assert.ok(rules(file).includes('low trust-observe /decisions'));
    chmodSync(file, 0o600);
    assert.equal(rules(file).length, 1, 'only that it is on');
    mkdirSync(join(directory, 'open'));
    chmodSync(join(directory, 'open'), 0o1777);
    assert.ok(rules(join(directory, 'open', 'x')).includes('medium trust-observe /open/x'));
  },
);

test.run();
