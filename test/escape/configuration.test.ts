import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { attempt, target } from '../support/attempt.js';
import { publicDirectory, run, start, tsrootwrap } from '../support/executable.js';
import { playRace } from '../support/race.js';
import { testWith } from '../support/requirements.js';

const ATTACKER = 65534;
const EVIL = '[Filters]\nevil: CommandFilter, PAYLOAD, root\n';

/** A policy without filters, to which each test adds one that root did not write. */
function empty() {
  const it = target('none: CommandFilter, true, root');
  const filters = join(it.directory, 'filters.d');
  return {
    ...it,
    filters,
    file: join(filters, 'test.filters'),
    evil: EVIL.replace('PAYLOAD', it.payload),
  };
}

testWith(['root'], 'owned-by-root: a filter file of somebody else’s', () => {
  const it = empty();
  writeFileSync(join(it.filters, 'z'), it.evil);
  chownSync(join(it.filters, 'z'), ATTACKER, 0);
  attempt(it, [it.payload], { status: 97, real: 'oslo' });
});

for (const mode of [0o666, 0o664, 0o646, 0o622]) {
  testWith(['root'], `owned-by-root: a filter file of mode ${mode.toString(8)}`, () => {
    const it = empty();
    writeFileSync(it.file, it.evil);
    chmodSync(it.file, mode);
    attempt(it, [it.payload], { status: 97, real: 'oslo' });
  });
}

testWith(
  ['root'],
  'owned-by-root: a filters directory of somebody else’s, or writable by others',
  () => {
    const it = empty();
    writeFileSync(it.file, it.evil);
    for (const mode of [0o777, 0o1777, 0o775, 0o757]) {
      chmodSync(it.filters, mode);
      attempt(it, [it.payload], { status: 97, real: 'oslo' });
    }
    chmodSync(it.filters, 0o755);
    chownSync(it.filters, ATTACKER, 0);
    attempt(it, [it.payload], { status: 97 });
  },
);

testWith(
  ['root'],
  'owned-by-root: a rootwrap.conf of somebody else’s, or writable by others',
  () => {
    const it = empty();
    writeFileSync(it.file, it.evil);
    chmodSync(it.config, 0o666);
    attempt(it, [it.payload], { status: 97, real: 'oslo' });
    chmodSync(it.config, 0o644);
    chownSync(it.config, ATTACKER, 0);
    attempt(it, [it.payload], { status: 97 });
  },
);

testWith(['root'], 'owned-by-root: a link in a filters directory to somebody else’s file', () => {
  const it = empty();
  const users = join(it.directory, 'users.filters');
  writeFileSync(users, it.evil);
  chownSync(users, ATTACKER, ATTACKER);
  symlinkSync(users, join(it.filters, 'link.filters'));
  attempt(it, [it.payload], { status: 97, real: 'oslo' });
});

testWith(
  ['root'],
  'owned-by-root: filters_path that is a link to somebody else’s directory',
  () => {
    const it = empty();
    const users = join(it.directory, 'users.d');
    renameSync(it.filters, users);
    writeFileSync(join(users, 'z'), it.evil);
    chownSync(users, ATTACKER, ATTACKER);
    symlinkSync(users, it.filters);
    attempt(it, [it.payload], { status: 97 });
  },
);

testWith(
  ['root'],
  'owned-by-root: a directory, a FIFO and a socket in a filters directory are no filters',
  () => {
    const it = empty();
    mkdirSync(join(it.filters, 'a-directory'));
    assert.is(run('mkfifo', [join(it.filters, 'a-fifo')]).status, 0);
    attempt(it, [it.payload]);
  },
);

testWith(
  ['root'],
  'relative-config: filters and programs in the caller’s working directory',
  () => {
    const it = empty();
    const cwd = publicDirectory();
    mkdirSync(join(cwd, 'filters.d'));
    mkdirSync(join(cwd, 'bin'));
    writeFileSync(join(cwd, 'filters.d', 'evil'), `${it.evil}also: CommandFilter, tool, root\n`);
    copyFileSync(it.payload, join(cwd, 'bin', 'tool'));
    writeFileSync(it.config, '[DEFAULT]\nfilters_path = filters.d\nexec_dirs = bin\n');
    attempt(it, [it.payload], { cwd, real: 'oslo' });
    writeFileSync(it.file, '[Filters]\nx: CommandFilter, tool, root\n');
    attempt(it, ['tool'], { cwd, real: 'oslo', status: 96 });
    writeFileSync(
      it.config,
      `[DEFAULT]\nfilters_path = ${it.filters}\nexec_dirs = ,/nonexistent\n`,
    );
    copyFileSync(it.payload, join(cwd, 'tool'));
    attempt(it, ['tool'], { cwd, status: 96 });
  },
);

testWith(
  ['root'],
  'owned-by-root: a configuration of the caller’s in its working directory',
  () => {
    const it = empty();
    const cwd = publicDirectory();
    writeFileSync(join(cwd, 'rootwrap.conf'), `[DEFAULT]\nfilters_path = ${cwd}\n`);
    writeFileSync(join(cwd, 'evil.filters'), it.evil);
    for (const name of ['', 'rootwrap.conf', 'evil.filters'])
      chownSync(join(cwd, name), ATTACKER, ATTACKER);
    for (const config of [
      'rootwrap.conf',
      './rootwrap.conf',
      join(cwd, 'rootwrap.conf'),
      '/proc/self/cwd/rootwrap.conf',
    ]) {
      attempt({ ...it, config }, [it.payload], { cwd, status: 97 });
    }
  },
);

testWith(
  ['root', 'python3'],
  'owned-by-root: a configuration exchanged while it is read',
  async () => {
    const it = empty();
    const mine = join(it.directory, 'mine');
    mkdirSync(join(mine, 'f'), { recursive: true });
    writeFileSync(join(mine, 'evil.conf'), `[DEFAULT]\nfilters_path = ${mine}/f\n`);
    writeFileSync(join(mine, 'f', 'evil'), it.evil);
    for (const name of ['evil.conf', 'f/evil', 'f', '.'])
      chownSync(join(mine, name), ATTACKER, ATTACKER);
    const code = `
import os, sys
mine, good = sys.argv[1:]
os.symlink(good, mine + '/conf')
print('ready', flush=True)
while True:
    for target in (good, mine + '/evil.conf'):
        os.symlink(target, mine + '/next'); os.rename(mine + '/next', mine + '/conf')
`;
    const attacker = start('/usr/bin/python3', ['-c', code, mine, it.config], {
      uid: ATTACKER,
      gid: ATTACKER,
    });
    await attacker.output();
    const seen = new Set<number | null>();
    const round = () => void seen.add(tsrootwrap(join(mine, 'conf'), [it.payload]).status);
    await playRace(60, round, () => seen.has(97) && seen.has(99)).finally(() =>
      attacker.child.kill('SIGKILL'),
    );
    assert.equal([...seen].sort(), [97, 99], 'the race never had an effect, or somebody won it');
    assert.not.ok(existsSync(it.marker));
  },
);

testWith(
  ['root'],
  'relative-config: a link of the caller’s to root’s configuration brings no files of its own',
  () => {
    const it = empty();
    const mine = publicDirectory();
    writeFileSync(it.config, '[DEFAULT]\nfilters_path = filters.d\nexec_dirs = bin\n');
    writeFileSync(it.file, '[Filters]\nx: CommandFilter, tool, root\n');
    symlinkSync(it.config, join(mine, 'rootwrap.conf'));
    symlinkSync(it.filters, join(mine, 'filters.d'));
    mkdirSync(join(mine, 'bin'));
    copyFileSync(it.payload, join(mine, 'bin', 'tool'));
    for (const name of ['.', 'bin', 'bin/tool']) chownSync(join(mine, name), ATTACKER, ATTACKER);
    attempt({ ...it, config: join(mine, 'rootwrap.conf') }, ['tool'], { status: 97 });
  },
);

for (const [what, line] of Object.entries({
  'a class of Python’s os module': 'x: os, PAYLOAD, root',
  'a prototype’s name as class': 'x: constructor, PAYLOAD, root',
  'a class in lower case': 'x: commandfilter, PAYLOAD, root',
  'a line in another section': '[Other]\nx: CommandFilter, PAYLOAD, root',
  'a commented line': '# x: CommandFilter, PAYLOAD, root',
  'an indented comment': 'y: CommandFilter, true, root\n  # x: CommandFilter, PAYLOAD, root',
  'a chaining filter that never matches': 'x: ChainingFilter, PAYLOAD, root',
})) {
  testWith(['root'], `class-name: ${what} allows nothing`, () => {
    const it = empty();
    writeFileSync(it.file, `[Filters]\n${line.replace('PAYLOAD', it.payload)}\n`);
    attempt(it, [it.payload]);
  });
}

testWith(['root'], 'unknown-user: nothing runs', () => {
  const it = empty();
  for (const user of ['no-such-user', '0', '-1', 'root ', '', '4294967295', 'root:root']) {
    writeFileSync(it.file, `[Filters]\nx: RegExpFilter, ${it.payload}, "${user}", .*\n`);
    attempt(it, [it.payload], { status: 97 });
  }
});

test.run();
