import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { temporaryUser } from '../support/accounts.js';
import { publicPolicy, tsrootwrap } from '../support/executable.js';
import { script } from '../support/policy-files.js';
import { testWith } from '../support/requirements.js';

const STATUS = "exec grep -E '^(Uid|Gid|Groups|Cap(Prm|Eff|Inh|Amb)):' /proc/self/status";

/** What the command's own /proc/self/status says, as `Name: value...` lines. */
function statusAs(user: string): string[] {
  const { config, bin } = publicPolicy(`who: CommandFilter, who, ${user}`, 'exec_dirs = bin');
  script(join(bin, 'who'), STATUS);
  const { stdout } = tsrootwrap(config, ['who']);
  return stdout
    .trim()
    .replace(/[ \t]+/g, ' ')
    .split('\n')
    .map((line) => line.trim());
}

testWith(['root'], 'a command for another user has that user’s uid, gid and groups only', () => {
  const lines = statusAs('nobody');
  assert.equal(lines.slice(0, 3), [
    'Uid: 65534 65534 65534 65534',
    'Gid: 65534 65534 65534 65534',
    'Groups: 65534',
  ]);
});

testWith(['root'], 'a command for another user has no capabilities', () => {
  const none = '0000000000000000';
  assert.equal(
    statusAs('nobody').filter((line) => /^Cap(Prm|Eff|Amb)/.test(line)),
    [`CapPrm: ${none}`, `CapEff: ${none}`, `CapAmb: ${none}`],
  );
});

testWith(['root'], 'supplementary groups are those of the user database', () => {
  const { name, uid, gid, groups } = temporaryUser();
  const lines = statusAs(name);
  assert.is(lines[0], `Uid: ${uid} ${uid} ${uid} ${uid}`);
  assert.is(lines[1], `Gid: ${gid} ${gid} ${gid} ${gid}`);
  const got = (lines[2] ?? '').split(' ').slice(1).map(Number).sort();
  assert.equal(got, [gid, ...groups].sort());
});

testWith(['root'], 'a command for root has root’s groups, whatever the caller left behind', () => {
  assert.is(statusAs('root')[0], 'Uid: 0 0 0 0');
  assert.is(statusAs('root')[1], 'Gid: 0 0 0 0');
});

test('an unknown user ends with 97 and runs nothing', () => {
  const { config, bin, directory } = publicPolicy('who: CommandFilter, who, no-such-user-x');
  script(join(bin, 'who'), `touch ${directory}/ran`);
  const { status, stderr } = tsrootwrap(config, ['who']);
  assert.is(status, 97);
  assert.is(
    stderr,
    'tsrootwrap: unknown user: no-such-user-x (filter match = who): create it or correct the filter\n',
  );
  assert.not.ok(existsSync(join(directory, 'ran')));
});

testWith(['root'], 'an ordinary user may run what is to run as that user', () => {
  const { config, bin } = publicPolicy('who: CommandFilter, who, nobody');
  script(join(bin, 'who'), 'exec id -u');
  const { stdout, status } = tsrootwrap(config, ['who'], { uid: 65534, gid: 65534 });
  assert.is(stdout, '65534\n');
  assert.is(status, 0);
});

testWith(['root'], 'an ordinary user stays itself where a filter says root', () => {
  const { config, bin } = publicPolicy('who: CommandFilter, who, root');
  script(join(bin, 'who'), 'exec id -u');
  const { stdout } = tsrootwrap(config, ['who'], { uid: 65534, gid: 65534 });
  assert.is(stdout, '65534\n');
});

testWith(['root'], 'an ordinary user cannot run as a third user', () => {
  const { config, bin, directory } = publicPolicy('who: CommandFilter, who, daemon');
  script(join(bin, 'who'), `touch ${directory}/ran`);
  const { status, stderr } = tsrootwrap(config, ['who'], { uid: 65534, gid: 65534 });
  assert.is(status, 126);
  assert.match(stderr, /^tsrootwrap: Cannot run .*EPERM/);
  assert.not.ok(existsSync(join(directory, 'ran')));
});

test.run();
