import {
  chmodSync,
  chownSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { attempt, type Target, target } from '../support/attempt.js';
import { start, tsrootwrap } from '../support/executable.js';
import { script } from '../support/policy-files.js';
import { playRace } from '../support/race.js';
import { testWith } from '../support/requirements.js';
import { carriedOut, WAYS, type Way } from '../support/ways.js';

const ATTACKER = 65534;

/** A policy under which a file below `images` may be read, and emptied into a marker. */
function images(): Target & { base: string; secret: string } {
  const it = target(
    'read: PathFilter, read, root, DIRECTORY/images\ncat: PathFilter, cat, root, DIRECTORY/images\n' +
      'chown: PathFilter, chown, root, nobody, DIRECTORY/images',
  );
  const base = join(it.directory, 'images');
  mkdirSync(base);
  chownSync(base, ATTACKER, ATTACKER);
  const secret = join(it.directory, 'secret');
  writeFileSync(secret, 'SECRET', { mode: 0o600 });
  writeFileSync(join(base, 'disk'), 'disk');
  script(join(it.bin, 'read'), `grep -q SECRET "$1" && touch ${it.marker}; exit 0`);
  return { ...it, base, secret };
}

testWith(['root'], 'path-prefix: a neighbour whose name starts the same', () => {
  const it = images();
  mkdirSync(`${it.base}-evil`);
  writeFileSync(`${it.base}-evil/x`, 'SECRET');
  attempt(it, ['read', `${it.base}-evil/x`], { real: 'oslo' });
});

testWith(['root'], 'a way out by .., doubled slashes, dots and links', () => {
  const it = images();
  symlinkSync('/', join(it.base, 'root'));
  symlinkSync('../secret', join(it.base, 'link'));
  symlinkSync('link', join(it.base, 'again'));
  for (const path of [
    it.secret,
    `${it.base}/../secret`,
    `${it.base}//..//secret`,
    `${it.base}/./x/../../secret`,
    `${it.base}/disk/../../secret`,
    `${it.base}/root${it.secret}`,
    `${it.base}/link`,
    `${it.base}/again`,
    `/proc/self/root${it.secret}`,
    `${it.base}/root/proc/self/root${it.secret}`,
    `/proc/self/cwd/../secret`,
    '../secret',
    `${it.base}/root/proc/self/fd/0`,
    `//${it.secret}`,
    ` ${it.base}/disk`,
    `${it.base}\n`,
  ]) {
    attempt(it, ['cat', path], { cwd: it.base });
  }
});

testWith(['root'], 'path-new-name: a name that somebody else could still fill', () => {
  const it = images();
  attempt(it, ['cat', join(it.base, 'new')]);
  attempt(it, ['cat', join(it.base, 'new/deeper')]);
  attempt(it, ['chown', 'nobody', join(it.base, 'new')]);
});

testWith(['root'], 'path-loop: links that lead to each other', () => {
  const it = images();
  symlinkSync('b', join(it.base, 'a'));
  symlinkSync('a', join(it.base, 'b'));
  attempt(it, ['cat', join(it.base, 'a')]);
  attempt(it, ['cat', join(it.base, 'a/../../secret')]);
});

testWith(
  ['root', 'python3'],
  'path-pinned: a file that is exchanged for a link again and again',
  async () => {
    const it = images();
    await race(
      it,
      `
import os, sys
base, secret = sys.argv[1:]
keep, real, link, place = (base + name for name in ('/keep', '/real', '/link', '/disk2'))
open(keep, 'w').write('disk')
print('ready', flush=True)
while True:
    try: os.symlink(secret, link); os.rename(link, place)
    except OSError: pass
    os.link(keep, real); os.rename(real, place)
`,
      join(it.base, 'disk2'),
    );
  },
);

testWith(
  ['root', 'python3'],
  'path-pinned: a directory that is exchanged for a link by renameat2',
  async () => {
    const it = images();
    await race(
      it,
      `
import ctypes, os, sys
base, secret = sys.argv[1:]
outside = os.path.dirname(secret)
os.mkdir(base + '/d'); open(base + '/d/secret', 'w').write('disk')
os.symlink(outside, base + '/l')
libc = ctypes.CDLL(None)
one, two = (base + '/d').encode(), (base + '/l').encode()
print('ready', flush=True)
while True: libc.renameat2(-100, one, -100, two, 2)
`,
      join(it.base, 'd/secret'),
    );
  },
);

testWith(
  ['root', 'python3'],
  'path-pinned: a directory moved away and a link put in its place',
  async () => {
    const it = images();
    await race(
      it,
      `
import os, sys
base, secret = sys.argv[1:]
os.makedirs(base + '/e/f'); open(base + '/e/f/secret', 'w').write('disk')
os.symlink(os.path.dirname(secret), base + '/l2')
print('ready', flush=True)
while True:
    os.rename(base + '/e/f', base + '/f.away'); os.rename(base + '/l2', base + '/e/f')
    os.rename(base + '/e/f', base + '/l2'); os.rename(base + '/f.away', base + '/e/f')
`,
      join(it.base, 'e/f/secret'),
    );
  },
);

/** Runs an attacker beside many calls. Some must get the file that is meant, none the secret. */
async function race(it: ReturnType<typeof images>, code: string, path: string): Promise<void> {
  const attacker = start('/usr/bin/python3', ['-c', code, it.base, it.secret], {
    uid: ATTACKER,
    gid: ATTACKER,
  });
  await attacker.output();
  const statuses = new Map<number | null, number>();
  const before = readFileSync(it.secret, 'utf8');
  const hasShown = () => statuses.has(0) && statuses.has(99);
  const round = (round: number) => {
    const words = round % 3 === 2 ? ['chown', 'nobody', path] : ['cat', path];
    const way = WAYS[((round / 3) % WAYS.length) | 0] as Way;
    const { status, stdout } = carriedOut(way, it.config, words);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    assert.not.ok(stdout.includes('SECRET'), `the secret was read in round ${round}`);
    assert.is(statSync(it.secret).uid, 0, `the secret changed hands in round ${round}`);
  };
  await playRace(120, round, hasShown).finally(() => attacker.child.kill('SIGKILL'));
  assert.is(readFileSync(it.secret, 'utf8'), before);
  assert.ok((statuses.get(99) ?? 0) > 0, 'the race never had an effect');
  assert.ok((statuses.get(0) ?? 0) > 0, 'what is meant never worked');
  assert.ok(
    [...statuses.keys()].every((status) => [0, 1, 99].includes(status ?? -1)),
    String([...statuses]),
  );
}

testWith(
  ['root'],
  'executable-file: a directory, a plain file and a device are no programs',
  () => {
    const it = target(
      'dir: CommandFilter, folder, root\nfile: CommandFilter, file1, root\nnull: CommandFilter, /dev/null, root',
    );
    mkdirSync(join(it.bin, 'folder'));
    writeFileSync(join(it.bin, 'file1'), `#!/bin/sh\ntouch ${it.marker}\n`);
    chmodSync(join(it.bin, 'file1'), 0o644);
    for (const word of ['folder', 'file1', 'null']) attempt(it, [word], { status: 96 });
  },
);

testWith(
  ['root'],
  'a path given for a program is only taken where the filter has that path',
  () => {
    const it = target('true: CommandFilter, true, root\nid: CommandFilter, /usr/bin/id, root');
    const own = join(it.directory, 'own');
    mkdirSync(own);
    for (const name of ['true', 'id']) script(join(own, name), `touch ${it.marker}`);
    for (const name of ['true', 'id']) {
      for (const path of [
        join(own, name),
        `./${name}`,
        `../own/${name}`,
        `/usr/bin/../..${own}/${name}`,
        `//usr/bin/${name}x`,
        `${name}/`,
        `/usr//bin/${name}`,
      ]) {
        attempt(it, [path], { cwd: own });
      }
    }
  },
);

testWith(
  ['root'],
  'search-path: programs of the caller’s in PATH, where exec_dirs is not set',
  () => {
    const it = target('tool: CommandFilter, tool, root', '');
    const own = join(it.directory, 'own');
    mkdirSync(own);
    script(join(own, 'tool'), `touch ${it.marker}`);
    const env = (PATH: string) => ({ env: { PATH }, cwd: own, status: 96 });
    attempt(it, ['tool'], { ...env(''), status: 96 });
    for (const path of ['.', ':/usr/bin', '/usr/bin:', './', '../own', 'own:/usr/bin']) {
      attempt(it, ['tool'], env(`${path}:/usr/bin`));
    }
    attempt(it, ['tool'], { ...env('.:/usr/bin'), real: 'oslo' });
    chownSync(own, ATTACKER, ATTACKER);
    attempt(it, ['tool'], { ...env(`${own}:/usr/bin`), real: 'oslo' });
    chownSync(own, 0, 0);
    chmodSync(own, 0o777);
    attempt(it, ['tool'], env(`${own}:/usr/bin`));
    chmodSync(own, 0o775);
    attempt(it, ['tool'], env(`${own}:/usr/bin`));
  },
);

testWith(['root'], 'a path of a hundred thousand parts is refused at once', () => {
  const it = images();
  for (const part of ['a/', './', '../', 'a/../', '/']) {
    const { status } = tsrootwrap(it.config, [
      'read',
      `${it.base}/${part.repeat(Math.floor(100_000 / part.length))}x`,
    ]);
    assert.is(status, 99, part);
  }
});

test.run();
