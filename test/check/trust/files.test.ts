import {
  chmodSync,
  chownSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Ground } from '#src/check/trust/ground.js';
import { groupsOf } from '#src/check/trust/principals.js';
import { Policy } from '#src/policy/policy.js';
import { temporaryUser } from '../../support/accounts.js';
import { run } from '../../support/executable.js';
import { policyFiles, script, temporaryDirectory } from '../../support/policy-files.js';
import { testWith } from '../../support/requirements.js';
import { brief, giveAway, STRANGER, soundPolicy, trust } from '../../support/trust.js';

const told = (config: string, directory: string) => brief(trust(config), directory);

testWith(['root'], "where everything is root's there is nothing to find", () => {
  const { config, directory } = soundPolicy();
  assert.equal(told(config, directory), []);
});

testWith(
  ['root'],
  'what the engine refuses is found, and what is found as refused it refuses',
  () => {
    for (const name of ['rootwrap.conf', 'filters.d', 'filters.d/test.filters']) {
      for (const harm of [
        (path: string) => chownSync(path, STRANGER, 0),
        (path: string) => chmodSync(path, name === 'filters.d' ? 0o775 : 0o664), // root's own group
        (path: string) => chmodSync(path, name === 'filters.d' ? 0o777 : 0o666),
      ]) {
        const { config, directory } = soundPolicy();
        harm(join(directory, name));
        const findings = trust(config);
        assert.is(findings.length, 1, name);
        assert.is(findings[0]?.severity, 'high');
        assert.is(findings[0]?.file, join(directory, name));
        assert.match(findings[0]?.problem ?? '', /exit code 97/);
        assert.throws(() => Policy.load(config), /only root may be able to change it/);
      }
    }
  },
);

testWith(['root'], 'the command that is advised mends it', () => {
  const { config, directory } = soundPolicy();
  for (const name of [
    'rootwrap.conf',
    'filters.d',
    'filters.d/test.filters',
    'bin',
    'bin/say',
    '.',
  ]) {
    giveAway(join(directory, name), 0o777);
  }
  renameSync(directory, `${directory} it's`);
  try {
    const moved = config.replace(directory, `${directory} it's`);
    const findings = trust(moved);
    assert.is(findings.length, 6);
    for (const { instead = '' } of findings) assert.is(run('/bin/sh', ['-c', instead]).status, 0);
    assert.equal(trust(moved), []);
  } finally {
    renameSync(`${directory} it's`, directory);
  }
});

testWith(
  ['root'],
  'a directory above that others can rename in is found, though the engine runs',
  () => {
    const above = temporaryDirectory();
    const { directory } = soundPolicy();
    renameSync(directory, join(above, 'app'));
    const config = join(above, 'app', 'rootwrap.conf');
    writeFileSync(
      config,
      `[DEFAULT]\nfilters_path = ${above}/app/filters.d\nexec_dirs = /usr/bin\n`,
    );
    for (const [mode, uid, severity] of [
      [0o777, 0, 'high'],
      [0o755, STRANGER, 'high'],
      [0o1777, STRANGER, 'high'],
    ] as const) {
      chmodSync(above, mode);
      chownSync(above, uid, 0);
      assert.equal(told(config, above), [`${severity} trust-directory .`]);
      assert.is(Policy.load(config).filters.length, 2);
    }
    chownSync(above, 0, 0);
    chmodSync(above, 0o1777);
    assert.equal(told(config, above), [], "what is root's in a sticky directory stays");
    chmodSync(above, 0o775);
    assert.equal(told(config, above), ['low trust-directory .'], "root's own group");
    chmodSync(above, 0o755);
  },
);

testWith(['root'], 'a group that can write counts, more so if the caller is in it', () => {
  const { config, directory, bin } = soundPolicy();
  chownSync(bin, 0, STRANGER);
  chmodSync(bin, 0o2775);
  assert.equal(told(config, directory), ['high trust-directory /bin']);
  const staff = Number(run('getent', ['group', 'staff']).stdout.split(':')[2]);
  chownSync(bin, 0, staff);
  chmodSync(bin, 0o2775);
  assert.equal(told(config, directory), ['medium trust-directory /bin']);
  assert.match(trust(config)[0]?.problem ?? '', /the group staff/);
  const ground = new Ground(new Set([staff]));
  ground.directory(bin, { severity: 'high', what: 'a directory' });
  assert.equal(brief(ground.findings, directory), ['high trust-directory /bin']);
});

testWith(['root'], 'the groups of the caller are those of its account', () => {
  const { name, gid, groups } = temporaryUser();
  assert.equal([...groupsOf(name)].sort(), [gid, ...groups].sort());
  assert.is(groupsOf('tsrw-no-such-user').size, 0);
});

testWith(['root'], 'paths that are long and lead nowhere cost nothing', () => {
  const filters = Array.from(
    { length: 2000 },
    (_, i) => `f${i}: CommandFilter, /nonexistent${i}${'/x'.repeat(1900)}, root`,
  );
  const { config, directory } = soundPolicy(filters.join('\n'));
  assert.equal(told(config, directory), []);
});

testWith(['root'], "a link is followed, and its target's directory counts", () => {
  const theirs = temporaryDirectory();
  giveAway(theirs, 0o755);
  const { config, directory } = soundPolicy();
  const file = join(directory, 'filters.d', 'test.filters');
  renameSync(file, join(theirs, 'test.filters'));
  symlinkSync(join(theirs, 'test.filters'), file);
  assert.is(Policy.load(config).filters.length, 2);
  assert.equal(told(config, theirs), ['high trust-directory .']);
});

testWith(['root'], "a stranger's link in a sticky directory is found", () => {
  const { directory } = soundPolicy();
  const open = temporaryDirectory();
  chmodSync(open, 0o1777);
  symlinkSync(directory, join(open, 'app'));
  const through = join(open, 'app', 'rootwrap.conf');
  assert.equal(told(through, open).length, 0);
  rmSync(join(open, 'app'));
  run('/bin/ln', ['-s', directory, join(open, 'app')], { uid: STRANGER, gid: STRANGER });
  assert.equal(told(through, open), ['high trust-link /app']);
});

testWith(
  ['root'],
  'a link of /proc on the way is found, since its text is not where it leads',
  () => {
    const { config, directory } = policyFiles('say: CommandFilter, say, root', 'exec_dirs = there');
    chmodSync(directory, 0o755);
    symlinkSync('/proc/1/root/usr/bin', join(directory, 'there'));
    assert.ok(told(config, directory).includes('high trust-link /proc/1/root'));
  },
);

testWith(['root'], 'a directory that is not there, but that others can make, is found', () => {
  const open = temporaryDirectory();
  chmodSync(open, 0o1777);
  const { config } = policyFiles(
    'x: CommandFilter, /nonexistent/x, root',
    `exec_dirs = ${open}/new`,
  );
  assert.equal(told(config, open), ['high trust-directory /new']);
});

testWith(['root'], 'programs count with their directories, once each', () => {
  const { config, directory, bin } = soundPolicy(
    Array.from({ length: 50 }, (_, i) => `say${i}: CommandFilter, say, root`).join('\n'),
  );
  giveAway(join(bin, 'say'));
  assert.equal(told(config, directory), ['high trust-owner /bin/say']);
  chownSync(join(bin, 'say'), 0, 0);
  chmodSync(join(bin, 'say'), 0o757);
  assert.equal(told(config, directory), ['high trust-mode /bin/say']);
});

testWith(
  ['root'],
  "a program of the user that it runs as, and of no other, may be that user's",
  () => {
    const filters = 'say: CommandFilter, say, nobody';
    const { config, directory, bin } = soundPolicy(filters);
    giveAway(join(bin, 'say'));
    assert.equal(told(config, directory), []);
    const both = soundPolicy(`${filters}\nsay2: CommandFilter, say, root`);
    giveAway(join(both.bin, 'say'));
    assert.equal(told(both.config, both.directory), ['high trust-owner /bin/say']);
  },
);

testWith(['root'], 'a place that counts twice is told of once, by what is worse', () => {
  const open = temporaryDirectory();
  chmodSync(open, 0o777);
  for (const users of [
    ['nobody', 'root'],
    ['root', 'nobody'],
  ]) {
    const filters = users.map((user) => `${user}: CommandFilter, ${open}/${user}, ${user}`);
    const { config } = soundPolicy(filters.join('\n'));
    assert.equal(told(config, open), ['high trust-directory .']);
  }
});

testWith(['root'], "a directory of the user that a program runs as is that user's business", () => {
  const { config, directory } = soundPolicy('own: CommandFilter, bin/own, nobody');
  const own = join(directory, 'bin', 'bin');
  mkdirSync(own);
  script(join(own, 'own'));
  giveAway(own);
  assert.equal(told(config, directory), []);
});

testWith(
  ['root'],
  'a sticky directory in exec_dirs is found: anybody can put programs there',
  () => {
    const { config, directory, bin } = soundPolicy();
    chmodSync(bin, 0o1777);
    assert.equal(told(config, directory), ['high trust-directory /bin']);
  },
);

testWith(['root'], 'a script that several filters name by several names is told of once', () => {
  const { config, directory, bin } = soundPolicy();
  const filters = `[Filters]\na: CommandFilter, say, root\nb: CommandFilter, ${bin}/say, root\n`;
  writeFileSync(join(directory, 'filters.d', 'test.filters'), filters);
  writeFileSync(join(bin, 'say'), '#!relative\n');
  assert.equal(told(config, directory), ['high trust-interpreter /bin/say']);
});

testWith(['root'], 'interpreters of scripts count, also behind env', () => {
  const { config, directory, bin } = soundPolicy();
  const own = join(directory, 'interpreter');
  script(own);
  giveAway(own);
  for (const line of [
    `#!${own}`,
    `#! \t${own} -x`,
    `#!/usr/bin/env ${own}`,
    `#!/usr/bin/env -S A=b ${own}`,
  ]) {
    writeFileSync(join(bin, 'say'), `${line}\n`);
    assert.equal(told(config, directory), ['high trust-owner /interpreter'], line);
  }
  writeFileSync(join(bin, 'say'), '#!interpreter\n');
  assert.equal(told(config, directory), ['high trust-interpreter /bin/say']);
  for (const harmless of ['#!\n', '#!/nonexistent\n', '', 'x', `#!${join(bin, 'say')}\n`]) {
    writeFileSync(join(bin, 'say'), harmless);
    assert.equal(told(config, directory), [], harmless);
  }
});

testWith(
  ['root'],
  'an absolute program that is not there is found where others can make it',
  () => {
    const open = temporaryDirectory();
    chmodSync(open, 0o777);
    const { config } = soundPolicy(`x: CommandFilter, ${open}/x, root`);
    assert.equal(told(config, open), ['high trust-directory .']);
  },
);

testWith(['root'], 'without exec_dirs the PATH of the caller is told of, low', () => {
  const { config, directory } = policyFiles('true: CommandFilter, true, root', '');
  assert.equal(told(config, directory), ['low trust-exec-dirs /rootwrap.conf']);
});

testWith(['root'], 'a loop of links is no end', () => {
  const { config, directory } = soundPolicy('x: CommandFilter, /nonexistent, root');
  symlinkSync('loop', join(directory, 'loop'));
  writeFileSync(config, `[DEFAULT]\nfilters_path = filters.d\nexec_dirs = loop,bin\n`);
  assert.equal(told(config, directory), ['low trust-link /loop']);
});

testWith(['root'], 'a directory of filter files is looked at without an installation', () => {
  const { directory } = soundPolicy();
  const filters = join(directory, 'filters.d');
  giveAway(filters);
  const findings = brief(
    trust(filters, { installation: { launchers: ['/x'], nodeDirectories: [] } }),
    directory,
  );
  assert.ok(findings.includes('high trust-directory /filters.d'));
  assert.not.ok(findings.some((line) => line.includes('trust-node')));
});

testWith(['root'], 'ten thousand filters are looked at, each place once', () => {
  const { config, directory, bin } = soundPolicy(
    Array.from({ length: 10_000 }, (_, i) => `f${i}: CommandFilter, p${i}, root`).join('\n'),
  );
  for (let i = 0; i < 200; i++) script(join(bin, `p${i}`));
  mkdirSync(join(directory, 'x'));
  giveAway(bin);
  assert.equal(told(config, directory), ['high trust-directory /bin']);
});

test('an ordinary user gets findings about its own files, and no error', () => {
  const { config, directory } = soundPolicy();
  const findings = told(config, directory);
  if (process.geteuid?.() !== 0) assert.ok(findings.includes('high trust-owner /rootwrap.conf'));
});

test.run();
