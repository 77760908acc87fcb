import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, rmdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { resolvePath, trustedDirectories } from '#src/posix/resolve-path.js';
import { inChild } from '../support/child-module.js';
import { temporaryDirectory } from '../support/policy-files.js';
import { testWith } from '../support/requirements.js';

const STRANGER = 12345;
const ORACLE = `
import json, os, sys
os.chdir(sys.argv[1])
print(json.dumps([os.path.realpath(path) for path in json.load(sys.stdin)]))
`;

/** Numbers from 0 up to a limit that look random and are the same for the same seed. */
function randomNumbers(seed: number): (limit: number) => number {
  let state = seed >>> 0;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

function pick<T>(random: (limit: number) => number, from: readonly T[]): T {
  return from[random(from.length)] as T;
}

/** A tree of directories, files and links to anywhere in it. */
function plant(root: string, random: (limit: number) => number): void {
  const directories = [root];
  for (let count = 0; count < 40; count++) {
    const here = pick(random, directories);
    const entry = join(here, pick(random, ['a', 'b', 'c', 'd', 'e']));
    try {
      const kind = random(4);
      if (kind === 0) {
        mkdirSync(entry);
        directories.push(entry);
      } else if (kind === 1) writeFileSync(entry, '');
      else symlinkSync(randomPath(root, random), entry);
    } catch {
      // it is there already
    }
  }
}

function randomPath(root: string, random: (limit: number) => number): string {
  const names = ['a', 'b', 'c', 'd', 'e', '..', '..', '.', '', 'missing'];
  const words = Array.from({ length: 1 + random(6) }, () => pick(random, names)).join('/');
  return pick(random, [words || '.', words || '.', `${root}/${words}`, `/${words}`, `//${words}/`]);
}

testWith(['python3'], "paths resolve as Python's os.path.realpath resolves them", () => {
  const seed = Number(process.env.SEED ?? Date.now() % 100_000);
  console.log(`seed ${seed}`);
  const random = randomNumbers(seed);
  const before = process.cwd();
  let compared = 0;
  for (let round = 0; round < 12; round++) {
    const root = temporaryDirectory();
    plant(root, random);
    const paths = Array.from({ length: 150 }, () => randomPath(root, random));
    const { stdout } = spawnSync('/usr/bin/python3', ['-c', ORACLE, root], {
      input: JSON.stringify(paths),
      encoding: 'utf8',
    });
    const expected = JSON.parse(stdout) as string[];
    process.chdir(root);
    try {
      for (const [index, path] of paths.entries()) {
        const place = resolvePath(path);
        if (place === undefined) continue; // a loop, which Python leaves half resolved
        assert.is(place.path, expected[index], `${path} in ${root}, seed ${seed}`);
        assert.is(resolvePath(place.path)?.path, place.path, path);
        compared++;
      }
    } finally {
      process.chdir(before);
    }
  }
  assert.ok(compared > 900, `only ${compared} of 1800 paths could be compared`);
});

test('a link of /proc may lead elsewhere than it says', () => {
  const place = resolvePath('/proc/self/root/usr');
  assert.equal([place?.path, place?.exchangeable], ['/usr', true]);
  assert.is(resolvePath('/proc/sys/kernel')?.exchangeable, false);
  assert.equal(trustedDirectories(['/proc/self/root/usr', '/usr']), ['/usr']);
});

test('dots, doubled slashes and trailing ones vanish', () => {
  assert.is(resolvePath('//usr/./share//')?.path, '/usr/share');
  assert.is(resolvePath('/')?.path, '/');
  assert.is(resolvePath('/../..')?.path, '/');
});

test('.. behind a link goes up from where the link leads', () => {
  const root = temporaryDirectory();
  mkdirSync(join(root, 'deep', 'er'), { recursive: true });
  symlinkSync('deep/er', join(root, 'link'));
  assert.is(resolvePath(`${root}/link/../x`)?.path, `${root}/deep/x`);
});

test('names that are not there are taken as plain ones', () => {
  const root = temporaryDirectory();
  const place = resolvePath(`${root}/no/such/../thing`);
  assert.equal([place?.path, place?.exists], [`${root}/no/thing`, false]);
  assert.is(resolvePath(root)?.exists, true);
});

test('a link to nothing leads there all the same', () => {
  const root = temporaryDirectory();
  symlinkSync('absent/x', join(root, 'link'));
  const place = resolvePath(`${root}/link`);
  assert.equal([place?.path, place?.exists], [`${root}/absent/x`, false]);
});

test('links in a circle do not resolve', () => {
  const root = temporaryDirectory();
  symlinkSync('b', join(root, 'a'));
  symlinkSync('a', join(root, 'b'));
  symlinkSync('self/x', join(root, 'self'));
  for (const name of ['a', 'b', 'self', 'a/x', 'self/y']) {
    assert.is(resolvePath(join(root, name)), undefined, name);
  }
});

test('as many links as the kernel follows resolve, one more does not', () => {
  const root = temporaryDirectory();
  writeFileSync(join(root, 'l0'), '');
  for (let n = 1; n <= 41; n++) symlinkSync(`l${n - 1}`, join(root, `l${n}`));
  assert.is(resolvePath(`${root}/l40`)?.path, `${root}/l0`);
  assert.is(resolvePath(`${root}/l41`), undefined);
});

test('links that multiply are stopped by their number', () => {
  const root = temporaryDirectory();
  symlinkSync('.', join(root, 'x0'));
  for (let n = 1; n < 30; n++) {
    symlinkSync(`x${n - 1}/x${n - 1}/x${n - 1}/x${n - 1}`, join(root, `x${n}`));
  }
  assert.is(resolvePath(`${root}/x29`), undefined);
});

test('a relative path does not resolve where the working directory is gone', () => {
  const before = process.cwd();
  const gone = join(temporaryDirectory(), 'gone');
  mkdirSync(gone);
  process.chdir(gone);
  rmdirSync(gone);
  try {
    assert.is(resolvePath('x'), undefined);
    assert.is(resolvePath('/usr')?.path, '/usr');
  } finally {
    process.chdir(before);
  }
});

testWith(
  ['root'],
  'a name in a directory of somebody else, or open to all, is exchangeable',
  () => {
    const root = temporaryDirectory();
    const file = join(root, 'd', 'f');
    mkdirSync(join(root, 'd'));
    writeFileSync(file, '');
    const exchangeable = (path = file) => resolvePath(path)?.exchangeable;
    assert.is(exchangeable(), false);
    chownSync(file, STRANGER, STRANGER); // what is in it does not say who may exchange it
    assert.is(exchangeable(), false);
    chownSync(join(root, 'd'), STRANGER, 0);
    assert.is(exchangeable(), true);
    assert.is(exchangeable(join(root, 'd')), false);
    chownSync(join(root, 'd'), 0, 0);
    for (const mode of [0o775, 0o757, 0o777]) {
      chmodSync(join(root, 'd'), mode);
      assert.is(exchangeable(), true, mode.toString(8));
    }
  },
);

testWith(['root'], 'what cannot be looked at is exchangeable', () => {
  // root meets that below a file system (FUSE, NFS) that keeps it out, and that can be gone at once
  const root = temporaryDirectory();
  chmodSync(root, 0o755);
  mkdirSync(join(root, 'shut', 'd'), { recursive: true, mode: 0o700 });
  const program = `answer = ['shut', 'shut/d', 'shut/d/x', 'absent/x']
    .map((name) => paths.resolvePath('${root}/' + name))
    .map(({ exists, exchangeable }) => [exists, exchangeable]);`;
  const modules = { paths: '#src/posix/resolve-path.js' };
  assert.equal(inChild(modules, program, { uid: STRANGER }), [
    [true, false],
    [false, true],
    [false, true],
    [false, false],
  ]);
});

testWith(['root'], 'in a sticky directory only the names of root are not exchangeable', () => {
  const root = temporaryDirectory();
  chmodSync(root, 0o1777);
  writeFileSync(join(root, 'mine'), '');
  writeFileSync(join(root, 'theirs'), '');
  chownSync(join(root, 'theirs'), STRANGER, STRANGER);
  assert.is(resolvePath(`${root}/mine`)?.exchangeable, false);
  assert.is(resolvePath(`${root}/theirs`)?.exchangeable, true);
  assert.is(resolvePath(`${root}/absent`)?.exchangeable, true);
  chownSync(root, STRANGER, STRANGER); // its owner may exchange anything in it
  assert.is(resolvePath(`${root}/mine`)?.exchangeable, true);
});

testWith(['root'], 'a path over a link that others may exchange is exchangeable', () => {
  const root = temporaryDirectory();
  mkdirSync(join(root, 'open'));
  writeFileSync(join(root, 'file'), '');
  symlinkSync('../file', join(root, 'open', 'link'));
  assert.is(resolvePath(`${root}/open/link`)?.exchangeable, false);
  chownSync(join(root, 'open'), STRANGER, 0);
  const place = resolvePath(`${root}/open/link`);
  assert.equal([place?.path, place?.exchangeable], [`${root}/file`, true]);
});

test('trusted directories are those that only root and this user decide about', () => {
  const root = temporaryDirectory();
  const paths = ['open', 'shut', 'file', 'link'].map((name) => join(root, name));
  const [open = '', shut = '', file = '', link = ''] = paths;
  for (const directory of [open, shut]) mkdirSync(directory);
  writeFileSync(file, '');
  symlinkSync('shut', link);
  chmodSync(open, 0o777);
  assert.equal(trustedDirectories(paths), [shut, link]);
  assert.equal(trustedDirectories([`${open}/../shut`, `${shut}/`, `${root}/absent`]), [
    `${open}/../shut`,
    `${shut}/`,
  ]);
  assert.equal(trustedDirectories(['', '.', 'usr/bin', '/usr/bin']), ['/usr/bin']);
});

testWith(['root'], 'links of others in a long PATH are not followed, which takes long', () => {
  const root = temporaryDirectory();
  chownSync(root, STRANGER, 0);
  for (let link = 0; link < 39; link++) {
    symlinkSync(`${'./'.repeat(2000)}${link + 1}`, join(root, String(link)));
  }
  const start = process.hrtime.bigint();
  assert.equal(trustedDirectories(Array.from({ length: 5000 }, () => join(root, '0'))), []);
  assert.ok(process.hrtime.bigint() - start < 1_000_000_000n, 'it took long');
});

testWith(['root'], 'a directory below one of somebody else is not trusted', () => {
  const root = temporaryDirectory();
  const below = join(root, 'd', 'bin');
  mkdirSync(below, { recursive: true });
  assert.equal(trustedDirectories([below]), [below]);
  chownSync(below, STRANGER, 0);
  assert.equal(trustedDirectories([below]), []);
  chownSync(below, 0, 0);
  chownSync(join(root, 'd'), STRANGER, 0);
  assert.equal(trustedDirectories([below]), []);
});

test('a path of more names than any has does not settle, however few links are in it', () => {
  const place = (names: number) => resolvePath(`/${Array(names).fill('x').join('/')}`);
  assert.ok(place(256));
  assert.is(place(257), undefined);
});

test.run();
