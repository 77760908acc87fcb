import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { VERSION } from '#src/wire/version.js';
import {
  executable,
  executableOfNpm,
  LAUNCHER,
  publicDirectory,
  publicPolicy,
  ROOT,
  run,
} from '../support/executable.js';
import { script } from '../support/policy-files.js';
import { testWith } from '../support/requirements.js';

const { config, bin } = publicPolicy('x: CommandFilter, x, root');
script(join(bin, 'x'), 'echo ran');

const ofNpm = executableOfNpm();
const ofProject = join(publicDirectory(), 'node_modules/.bin/tsrootwrap');
mkdirSync(dirname(ofProject), { recursive: true });
symlinkSync(ROOT, join(dirname(ofProject), '../tsrootwrap'));
symlinkSync('../tsrootwrap/bin/tsrootwrap', ofProject);

const WAYS = {
  'a link to the launcher': executable(),
  'npm’s link': ofNpm,
  'npx’s link': ofProject,
};

for (const [way, program] of Object.entries(WAYS)) {
  test(`${way} says by its name which program is meant`, () => {
    for (const name of ['tsrootwrap', 'tsrootwrap-daemon', 'tsrootwrap-privileged']) {
      const link = join(dirname(program), name);
      if (name !== 'tsrootwrap') symlinkSync('tsrootwrap', link);
      const { stdout, stderr } = run(link, ['--version']);
      assert.is(stdout, `${name} ${VERSION}\n`, stderr);
    }
    assert.is(run(program, [config, 'x']).stdout, 'ran\n');
  });
}

test('what a caller says the program is called chooses neither the program nor node', () => {
  const mine = publicDirectory();
  script(join(mine, 'node'), 'echo hostile');
  for (const file of [executable(), LAUNCHER]) {
    for (const argv0 of [
      'tsrootwrap-daemon',
      `${mine}/tsrootwrap`,
      `${mine}/launcher`,
      '--wait',
      '',
    ]) {
      const words = file === LAUNCHER ? [executable()] : [];
      const { stdout } = spawnSync(file, [...words, '--version'], { argv0, encoding: 'utf8' });
      assert.is(stdout, `tsrootwrap ${VERSION}\n`, argv0);
    }
  }
});

test('words of the caller’s are no options of the launcher’s', () => {
  for (const words of [
    ['--wait', '1'],
    ['launcher', '--wait', '1'],
    ['--inspect-brk', 'x'],
  ]) {
    const { status, stderr } = run(executable(), words);
    assert.is(status, 97);
    assert.match(stderr, /no such file/);
  }
});

test('another package where npm’s link would lead is not taken for the one that the link leads to', () => {
  for (const place of ['lib/node_modules/tsrootwrap', 'tsrootwrap']) {
    const prefix = publicDirectory();
    for (const directory of ['bin', `${place}/bin`, `${place}/prebuilds/linux-x64-glibc`]) {
      mkdirSync(join(prefix, directory), { recursive: true });
    }
    script(join(prefix, place, 'bin/tsrootwrap'), 'echo another');
    script(join(prefix, place, 'prebuilds/linux-x64-glibc/launcher'), 'echo another');
    const link = join(prefix, 'bin/tsrootwrap');
    symlinkSync(join(ROOT, 'bin/tsrootwrap'), link);
    assert.is(run(link, [config, 'x']).stdout, 'ran\n');
  }
});

testWith(
  ['root', 'setcap'],
  'a launcher that is set-uid, set-gid or has capabilities runs nothing',
  () => {
    const mine = publicDirectory();
    const launcher = join(mine, 'package/prebuilds/target/launcher');
    mkdirSync(dirname(launcher), { recursive: true });
    mkdirSync(join(mine, 'package/bin'));
    copyFileSync(LAUNCHER, launcher);
    symlinkSync(launcher, join(mine, 'tsrootwrap'));
    script(join(mine, 'node'), 'id -u; id -g');
    const call = () => run(join(mine, 'tsrootwrap'), [], { uid: 65_534, gid: 65_534 });
    chmodSync(launcher, 0o755);
    assert.is(
      call().stdout,
      '65534\n65534\n',
      'without, it only takes what its caller could run anyway',
    );
    for (const spoil of [
      () => chmodSync(launcher, 0o4755),
      () => chmodSync(launcher, 0o2755),
      () => {
        chmodSync(launcher, 0o755);
        assert.is(run('/sbin/setcap', ['cap_net_admin+ep', launcher]).status, 0);
      },
    ]) {
      spoil();
      const { status, stdout, stderr } = call();
      assert.equal([status, stdout], [97, '']);
      assert.match(stderr, /^tsrootwrap: nothing was run: it must not be set-uid/);
    }
  },
);

test.run();
