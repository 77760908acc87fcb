import {
  chmodSync,
  chownSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { DIRECTORY_PROGRAMS, filledRefusal } from '#src/policy/filled-directories.js';
import { Policy } from '#src/policy/policy.js';
import { attempt, type Target, target } from '../support/attempt.js';
import { run } from '../support/executable.js';
import { script } from '../support/policy-files.js';
import { testWith } from '../support/requirements.js';
import { carriedOut, WAYS } from '../support/ways.js';

const CALLER = 65534;
const SYSTEM_PATH = '/usr/sbin:/usr/bin:/sbin:/bin';
const REASON = / is a directory in which others than root can put links, and /;

interface Place extends Target {
  /** The caller's own, in a directory of root's: its name is fixed, what is in it is not. */
  readonly filled: string;
  /** Root's, to which links in the caller's directory lead. */
  readonly victim: string;
  readonly source: string;
}

/** @param filters in which `FILLED` is the caller's directory and `SOURCE` a file of root's */
function makePlace(filters: string): Place {
  const words = { FILLED: 'DIRECTORY/filled', SOURCE: 'DIRECTORY/data/bait' };
  const text = filters.replace(/FILLED|SOURCE/g, (word) => words[word as keyof typeof words]);
  const it = target(text);
  const [filled, data] = [join(it.directory, 'filled'), join(it.directory, 'data')];
  const [victim, source] = [join(it.directory, 'victim'), join(data, 'bait')];
  writeFileSync(victim, 'SECRET\n', { mode: 0o600 });
  mkdirSync(data);
  writeFileSync(source, 'FED\n');
  mkdirSync(filled);
  symlinkSync(victim, join(filled, 'bait'));
  mkdirSync(join(filled, 'bait-directory'));
  symlinkSync(victim, join(filled, 'bait-directory', 'bait'));
  symlinkSync(it.marker, join(filled, 'bait-new'));
  for (const path of [filled, join(filled, 'bait-directory')]) chownSync(path, CALLER, CALLER);
  return { ...it, filled, victim, source };
}

testWith(['root'], 'path-filled: cp follows a link that the caller put into the directory', () => {
  const it = makePlace('cp: PathFilter, cp, root, DIRECTORY/data, FILLED');
  run('/usr/bin/cp', [it.source, it.filled]);
  assert.is(readFileSync(it.victim, 'utf8'), 'FED\n', 'cp does not follow the link');
  writeFileSync(it.victim, 'SECRET\n');
  symlinkSync(it.filled, join(it.directory, 'data', 'link'));
  for (const directory of [
    it.filled,
    `${it.filled}/bait-directory/..`,
    `${it.directory}/data/link`,
    `${it.filled}/bait-directory`,
  ]) {
    for (const way of WAYS) {
      const { status, stderr } = carriedOut(way, it.config, ['cp', it.source, directory]);
      assert.is(readFileSync(it.victim, 'utf8'), 'SECRET\n', `${way}: ${directory}`);
      assert.is(status, 99, `${way}: ${stderr}`);
    }
  }
  const { stderr } = carriedOut('one-shot', it.config, ['cp', it.source, it.filled]);
  assert.match(stderr, REASON);
  assert.match(stderr, /cp is not known to leave alone what is in it: name what is meant in it, /);
});

testWith(['root'], 'path-filled: a program that makes names in the directory it is given', () => {
  const it = makePlace(
    'make: PathFilter, make-new, root, FILLED\n' +
      'behind: PathFilter, other, root, FILLED\n' +
      'nice: ChainingRegExpFilter, nice, root, nice',
  );
  const make = script(join(it.bin, 'make-new'), 'echo x >"$1/bait-new"');
  attempt(it, ['make-new', it.filled], { real: [make, it.filled] });
  attempt(it, ['nice', 'make-new', it.filled], { real: [make, it.filled] });
  attempt(it, ['make-new', '.'], { cwd: it.filled, real: [make, it.filled] });
});

/** Reach names in the directory, or are not known to leave them alone. */
const REFUSED: readonly string[] = [
  'chmod -R 0777 FILLED',
  'chmod -vR 0777 FILLED',
  'chmod --recursive 0777 FILLED',
  'chmod 0777 FILLED -R',
  'chown -R nobody FILLED',
  'chown -RH nobody FILLED',
  'chgrp -R nogroup FILLED',
  'cp SOURCE FILLED',
  'cp -T SOURCE FILLED',
  'cp -t FILLED SOURCE',
  'cp -r FILLED DIRECTORY/data',
  'install SOURCE FILLED',
  'ln SOURCE FILLED',
  'ls -R FILLED',
  'ls -l FILLED',
  'ls -L FILLED',
  'ls --recursive FILLED',
  'mkdir -p FILLED',
  'mount -a FILLED',
  'mount -o X-mount.subdir=bait FILLED DIRECTORY/data',
  'mv SOURCE FILLED',
  'rm -r FILLED',
  'rmdir -p FILLED',
  'tar -xf SOURCE -C FILLED',
  'tee FILLED',
  'umount -R FILLED',
  'xargs FILLED',
];

for (const line of REFUSED) {
  testWith(['root'], `${line} is refused where others fill the directory, else allowed`, () => {
    const [program = '', ...words] = line.split(' ');
    const it = makePlace(`x: PathFilter, ${program}, root, ${words.join(', ')}`);
    const command = line
      .replace('FILLED', it.filled)
      .replace('SOURCE', it.source)
      .replace('DIRECTORY', it.directory)
      .split(' ');
    const decision = Policy.load(it.config).decide(command);
    assert.is(decision.outcome, 'denied');
    const why = (decision.outcome === 'denied' && decision.why) || '';
    assert.match(why, REASON);
    assert.ok(why.startsWith(`${it.filled} `), why);
    chownSync(it.filled, 0, 0);
    assert.is(Policy.load(it.config).decide(command).outcome, 'allowed');
  });
}

testWith(['root'], 'path-filled: whoever but root and the user of the filter can fill it', () => {
  const it = makePlace(
    'cp: PathFilter, cp, root, DIRECTORY/data, FILLED\nls: PathFilter, find, nobody, FILLED\n' +
      'nobody: PathFilter, find, there-is-no-such-user, FILLED',
  );
  const allows = (uid: number, mode: number, program: 'cp' | 'find') => {
    chownSync(it.filled, uid, 0);
    chmodSync(it.filled, mode);
    const words = program === 'cp' ? ['cp', it.source, it.filled] : ['find', it.filled];
    return Policy.load(it.config).decide(words).outcome === 'allowed';
  };
  assert.ok(allows(0, 0o755, 'cp'), "root's alone");
  assert.not.ok(allows(0, 0o775, 'cp'), 'a group may write');
  assert.not.ok(allows(0, 0o757, 'cp'), 'everybody may write');
  assert.not.ok(allows(0, 0o1777, 'cp'), 'everybody may, and it is sticky');
  assert.not.ok(allows(CALLER, 0o500, 'cp'), 'its owner can give the right to write');
  assert.ok(allows(CALLER, 0o755, 'find'), 'it is the user of the filter');
  assert.not.ok(allows(CALLER, 0o775, 'find'), 'and so may a group');
  assert.not.ok(allows(1234, 0o755, 'find'), 'it is another user');
});

testWith(['root'], 'a file that the caller may write to, by a fixed name, is passed on', () => {
  const it = makePlace('sed: PathFilter, sed, root, DIRECTORY/data');
  chownSync(it.source, CALLER, CALLER);
  assert.is(Policy.load(it.config).decide(['sed', it.source]).outcome, 'allowed');
});

interface Trial {
  readonly words: string;
  /** 0 unless told otherwise. */
  readonly status?: number;
}

/** At least one for each row of the table; together they have each of its options. */
const TRIALS: Readonly<Record<string, readonly Trial[]>> = {
  chgrp: [{ words: '-c -f -v --dereference 1234 FILLED' }],
  chmod: [{ words: '-c -f -v 0711 FILLED' }],
  chown: [{ words: '-c -f -v --dereference 1234:1234 FILLED' }],
  df: [{ words: '-h -P -T FILLED' }, { words: '-i -k FILLED' }],
  ls: [{ words: '-1 -A -a -i FILLED' }, { words: '-d FILLED' }, { words: 'FILLED' }],
  mount: [
    { words: '--bind -r -v FILLED DIRECTORY/data' },
    { words: '--bind -w DIRECTORY/data FILLED' },
  ],
  mountpoint: [
    { words: '-q FILLED', status: 32 },
    { words: '-d FILLED', status: 32 },
  ],
  rmdir: [{ words: '-v FILLED', status: 1 }],
  stat: [{ words: '-L -c %a FILLED' }, { words: '-f -t FILLED' }],
  touch: [{ words: '-a -c -m FILLED' }],
  umount: [{ words: '-f -l -n -v FILLED', status: 32 }],
};

test('each program of the table has a trial, and each of its options', () => {
  assert.equal(Object.keys(TRIALS).sort(), Object.keys(DIRECTORY_PROGRAMS).sort());
  for (const [program, { options }] of Object.entries(DIRECTORY_PROGRAMS)) {
    const words = TRIALS[program]?.flatMap(({ words }) => words.split(' ')) ?? [];
    assert.equal(
      options.filter((option) => !words.includes(option)),
      [],
      program,
    );
  }
});

for (const [program, trials] of Object.entries(TRIALS)) {
  for (const { words, status = 0 } of trials) {
    testWith(
      ['root', 'strace', 'mount namespaces'],
      `${program} ${words} follows no name in the directory`,
      () => {
        const it = makePlace(`x: PathFilter, ${program}, root, ${words.split(' ').join(', ')}`);
        const given = words.replace('FILLED', it.filled).replace('DIRECTORY', it.directory);
        const command = [program, ...given.split(' ')];
        const decision = Policy.load(it.config).decide(command);
        assert.is(decision.outcome, 'allowed');
        const before = state(it.victim);
        const traced = followed(it, command);
        assert.is(traced.status, status, traced.stderr);
        assert.equal(traced.calls, []);
        assert.is(state(it.victim), before);
      },
    );
  }
}

testWith(['root', 'strace', 'mount namespaces'], 'the trials see a program that follows', () => {
  for (const command of ['cp SOURCE FILLED', 'ls -l FILLED', 'chmod -R 0711 FILLED']) {
    const it = makePlace('');
    const words = command.replace('FILLED', it.filled).replace('SOURCE', it.source).split(' ');
    assert.ok(followed(it, words).calls.length > 0, command);
  }
});

/** The system calls that followed a name in the directory, or made one, in a mount namespace. */
function followed({ directory, filled }: Place, command: readonly string[]) {
  const trace = join(directory, 'trace');
  const { status, stderr } = run(
    'unshare',
    ['-m', 'strace', '-f', '-s', '4096', '-e', 'trace=%file', '-o', trace, ...command],
    { env: { PATH: SYSTEM_PATH } },
  );
  const calls = readFileSync(trace, 'utf8')
    .split('\n')
    .filter((line) => line.includes(`"bait`) || line.includes(`${filled}/`))
    .filter(
      (line) => !/AT_SYMLINK_NOFOLLOW|\b(lstat|lgetxattr|llistxattr|readlink\w*)\(/.test(line),
    );
  rmSync(trace);
  return { status, stderr, calls };
}

function state(path: string): string {
  const { uid, gid, mode, size, atimeMs, mtimeMs, ctimeMs } = statSync(path);
  return JSON.stringify([uid, gid, mode, size, atimeMs, mtimeMs, ctimeMs]);
}

test('a program of the same name elsewhere is another program', () => {
  assert.is(filledRefusal('/usr/bin/ls', ['-a', '/x']), undefined);
  assert.match(filledRefusal('/usr/local/bin/ls', ['-a', '/x']) ?? '', /ls is not known to leave/);
});

test.run();
