import { type ChildProcess, spawn } from 'node:child_process';
import {
  chownSync,
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isExchangedPath } from '#src/exec/pins.js';
import { PIN_PREFIXES, PIN_PROGRAMS, pinRefusal } from '#src/policy/pin-programs.js';
import { Policy } from '#src/policy/policy.js';
import { isPosixError, posix } from '#src/posix/addon.js';
import { policyFiles } from '../support/policy-files.js';
import { playRace } from '../support/race.js';
import { testWith } from '../support/requirements.js';

/** Exchanges the names `real` and `link` of a directory as fast as it can. */
const EXCHANGE = `
import ctypes, sys
libc = ctypes.CDLL(None)
one, two = (sys.argv[1] + '/real').encode(), (sys.argv[1] + '/link').encode()
print('ready', flush=True)
while True: libc.renameat2(-100, one, -100, two, 2)
`;

const CALLER = 65534;
const ROUNDS = 15;
const MIB = 1 << 20;

interface Place {
  readonly directory: string;
  /** What the caller owns: `real` and `link` are exchanged in it, of which one leads to `victim`. */
  readonly owned: string;
  /** Root's, which nothing may read or change. */
  readonly victim: string;
  readonly config: string;
}

function makePlace(filters: string, kind: 'file' | 'directory' = 'file', bytes = 0): Place {
  const { directory, config } = policyFiles('', 'exec_dirs = /usr/bin,/usr/sbin,/bin,/sbin');
  const owned = join(directory, 'owned');
  mkdirSync(owned);
  const victim = join(directory, 'victim');
  for (const [path, text] of [
    [join(owned, 'real'), 'OBJECT\n'],
    [victim, 'SECRET\n'],
  ] as const) {
    if (kind === 'directory') {
      mkdirSync(path);
      writeFileSync(join(path, 'inside'), text);
    } else {
      writeFileSync(path, text);
      if (bytes > 0) truncateSync(path, bytes);
    }
    chownSync(path, path === victim ? 0 : CALLER, 0);
  }
  symlinkSync(victim, join(owned, 'link'));
  chownSync(owned, CALLER, CALLER);
  writeFileSync(join(directory, 'source'), 'FED\n');
  const text = `[Filters]\n${filters.replaceAll('OWNED', owned).replaceAll('DIRECTORY', directory)}\n`;
  writeFileSync(join(directory, 'filters.d', 'test.filters'), text);
  return { directory, owned, victim, config };
}

async function exchange(owned: string): Promise<ChildProcess> {
  const child = spawn('/usr/bin/python3', ['-c', EXCHANGE, owned], {
    uid: CALLER,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  return child;
}

/** Runs a command as the daemon does, or tells that it was refused. */
async function carryOut(policy: Policy, words: readonly string[], place: Place): Promise<string> {
  const decision = policy.decide(words);
  if (decision.outcome !== 'allowed') return 'refused';
  const { plan } = decision;
  assert.is(plan.kind, 'command');
  if (plan.kind !== 'command') return 'refused';
  const output = join(place.directory, 'output');
  const [input, written] = [openSync(join(place.directory, 'source'), 'r'), openSync(output, 'w')];
  try {
    const { pidfd } = posix.spawn({
      file: plan.file,
      argv: plan.argv,
      environment: ['PATH=/usr/sbin:/usr/bin'],
      pinned: plan.pinned,
      stdio: [input, written, written],
    });
    const { code } = await new Promise<{ code: number | null }>((resolve) => {
      posix.onExit(pidfd, (exit) => {
        closeSync(pidfd);
        resolve(exit);
      });
    });
    return `${code}: ${readFileSync(output, 'latin1')}`;
  } catch (error) {
    if (isPosixError(error) && isExchangedPath(error)) return 'refused';
    throw error;
  } finally {
    closeSync(input);
    closeSync(written);
  }
}

/** All that shows of a file or directory, times of access left out. */
function state(path: string): string {
  const { uid, gid, mode, size, mtimeMs, ctimeMs } = statSync(path);
  const content = (mode & 0o170000) === 0o040000 ? readdirSync(path) : readFileSync(path, 'latin1');
  return JSON.stringify([uid, gid, mode, size, mtimeMs, ctimeMs, content]);
}

interface Trial {
  /** Of the words behind the program, `OWNED` is a path of the caller's and `OTHER` one of root's. */
  readonly words: string;
  readonly kind?: 'file' | 'directory';
  readonly bytes?: number;
  /** How to see that it worked: by its output, by a copy, or by what has become of the object. */
  readonly shows: RegExp | 'copy' | 'change';
}

/** At least one for each row of the table. */
const TRIALS: Readonly<Record<string, readonly Trial[]>> = {
  cat: [
    { words: 'OWNED', shows: /OBJECT/ },
    { words: '-n OWNED', shows: /OBJECT/ },
  ],
  cksum: [{ words: 'OWNED', shows: /^0: \d+ 7 / }],
  head: [{ words: '-n 1 OWNED', shows: /OBJECT/ }],
  md5sum: [{ words: 'OWNED', shows: /5d8b4aa240af8d18c49a8b533b6b2548/ }],
  sha256sum: [
    { words: 'OWNED', shows: /a9b18db9ceb29eb9db4097e5dd9085a4717c29886eee54dfd89db5ab142f7fee/ },
  ],
  tail: [{ words: '-n 1 OWNED', shows: /OBJECT/ }],
  wc: [{ words: '-c OWNED', shows: /^0: 7 / }],
  chgrp: [
    { words: '1234 OWNED', shows: 'change' },
    { words: '-v 1234 OWNED', kind: 'directory', shows: 'change' },
  ],
  chmod: [
    { words: '0611 OWNED', shows: 'change' },
    { words: '-c 0711 OWNED', kind: 'directory', shows: 'change' },
  ],
  chown: [
    { words: '1234 OWNED', shows: 'change' },
    { words: '-fv 1234:1234 OWNED', kind: 'directory', shows: 'change' },
    { words: '--dereference 1234 OWNED', shows: 'change' },
  ],
  touch: [
    { words: 'OWNED', shows: 'change' },
    { words: '-c OWNED', kind: 'directory', shows: 'change' },
  ],
  cp: [
    { words: 'OWNED OTHER', shows: 'copy' },
    { words: '-p OWNED OTHER', shows: 'copy' },
    { words: '-L -T OWNED OTHER', shows: 'copy' },
    { words: 'SOURCE OWNED', shows: 'change' },
    { words: '-p SOURCE OWNED', shows: 'change' },
    { words: '-f SOURCE OWNED', shows: 'change' },
  ],
  tee: [
    { words: 'OWNED', shows: 'change' },
    { words: '-a OWNED', shows: 'change' },
  ],
  truncate: [{ words: '-s 3 OWNED', shows: 'change' }],
  fallocate: [{ words: '-l 9999 OWNED', shows: 'change' }],
  mke2fs: [{ words: '-q -F OWNED', bytes: MIB, shows: 'change' }],
};

test('each program of the table has a trial', () => {
  assert.equal(Object.keys(TRIALS).sort(), Object.keys(PIN_PROGRAMS).sort());
});

/** A filter of these words, each a constraint of its own. */
function filterOf(program: string, words: string): string {
  const constraints = words
    .replaceAll('OTHER', 'DIRECTORY/other')
    .replaceAll('SOURCE', 'DIRECTORY/source')
    .split(' ');
  return `x: PathFilter, ${program}, root, ${constraints.join(', ')}`;
}

for (const [program, trials] of Object.entries(TRIALS)) {
  for (const { words, kind, bytes, shows } of trials) {
    testWith(
      ['root', 'python3'],
      `${program} ${words} works on what was checked (${kind ?? 'file'})`,
      async () => {
        const place = makePlace(filterOf(program, words), kind, bytes);
        const policy = Policy.load(place.config);
        const command = [program, ...words.split(' ')].map((word) =>
          word
            .replace('OWNED', join(place.owned, 'real'))
            .replace('OTHER', join(place.directory, 'other'))
            .replace('SOURCE', join(place.directory, 'source')),
        );
        const object = openSync(join(place.owned, 'real'), 'r');
        const [victim, before] = [state(place.victim), state(`/proc/self/fd/${object}`)];
        const attacker = await exchange(place.owned);
        let worked = 0;
        try {
          const play = async (round: number) => {
            const outcome = await carryOut(policy, command, place);
            const seen = outcome + copyIn(place);
            assert.not.match(seen, /SECRET/, `round ${round}`);
            assert.is(state(place.victim), victim, `the victim was touched in round ${round}`);
            if (outcome !== 'refused') worked += isSeen(shows, seen, object, before) ? 1 : 0;
          };
          await playRace(ROUNDS, play, () => worked > 0);
        } finally {
          attacker.kill('SIGKILL');
          closeSync(object);
        }
        assert.ok(worked > 0, 'it never worked');
      },
    );
  }
}

function copyIn({ directory }: Place): string {
  const copy = join(directory, 'other');
  try {
    const text = readFileSync(copy, 'latin1');
    rmSync(copy);
    return text;
  } catch {
    return ''; // there is none
  }
}

function isSeen(shows: Trial['shows'], seen: string, object: number, before: string): boolean {
  if (shows === 'copy') return seen.includes('OBJECT');
  if (shows === 'change') return state(`/proc/self/fd/${object}`) !== before;
  return shows.test(seen);
}

/** Read the link back to a name, act on the link, or go on to names below: run, they did harm. */
const REFUSED: readonly (readonly [string, ('file' | 'directory')?])[] = [
  ['mount --bind SOURCE OWNED'],
  ['mount --bind OWNED DIRECTORY/filters.d', 'directory'],
  ['umount OWNED', 'directory'],
  ['losetup -f OWNED'],
  ['swapon OWNED'],
  ['fsck OWNED'],
  ['mkswap OWNED'],
  ['chown -R 1234 OWNED', 'directory'],
  ['chown -h 1234 OWNED'],
  ['chown -vR 1234 OWNED', 'directory'],
  ['chown --no-dereference 1234 OWNED'],
  ['chown --recursive 1234 OWNED', 'directory'],
  ['chown --no-d 1234 OWNED'],
  ['chown 1234 OWNED -R', 'directory'],
  ['chown -- 1234 OWNED -h'],
  ['chmod -R 0711 OWNED', 'directory'],
  ['touch -h OWNED'],
  ['cp -a OWNED DIRECTORY/other'],
  ['cp -d OWNED DIRECTORY/other'],
  ['cp -P OWNED DIRECTORY/other'],
  ['cp -pP OWNED DIRECTORY/other'],
  ['cp --no-dereference OWNED DIRECTORY/other'],
  ['cp -b SOURCE OWNED'],
  ['cp --remove-destination SOURCE OWNED'],
  ['cp SOURCE OWNED', 'directory'],
  ['cp OWNED DIRECTORY/filters.d'],
  ['tail -f OWNED'],
  ['rm OWNED'],
  ['rm -r OWNED', 'directory'],
  ['mv OWNED DIRECTORY/other'],
  ['ln OWNED DIRECTORY/other'],
  ['ln -s SOURCE OWNED', 'directory'],
  ['rmdir OWNED', 'directory'],
  ['mkdir OWNED', 'directory'],
  ['install SOURCE OWNED'],
  ['sed -i s/O/X/ OWNED'],
  ['dd OWNED'],
  ['ls OWNED', 'directory'],
];

for (const [line, kind] of REFUSED) {
  testWith(
    ['root'],
    `${line} is refused where others can exchange the path, and says what to do`,
    () => {
      const [program = '', ...words] = line.split(' ');
      const place = makePlace(filterOf(program, words.join(' ')), kind);
      const path = join(place.owned, 'real');
      const command = [program, ...words].map((word) =>
        word
          .replace('OWNED', path)
          .replace('SOURCE', join(place.directory, 'source'))
          .replace('DIRECTORY', place.directory),
      );
      const decision = Policy.load(place.config).decide(command);
      assert.is(decision.outcome, 'denied', line);
      const why = decision.outcome === 'denied' ? decision.why : undefined;
      assert.match(why ?? '', /could be exchanged by others than root, and .*: give its directory/);
      assert.ok(why?.startsWith(`${path} `), why);
      chownSync(place.owned, 0, 0);
      if (kind === 'directory') chownSync(path, 0, 0);
      assert.is(
        Policy.load(place.config).decide(command).outcome,
        'allowed',
        `${line} by root alone`,
      );
    },
  );
}

testWith(
  ['root'],
  'a program of the same name elsewhere, or that is busybox, is another program',
  () => {
    const place = makePlace(
      'x: PathFilter, DIRECTORY/bin/cat, root, OWNED\ny: PathFilter, DIRECTORY/bin/head, root, OWNED',
    );
    writeFileSync(join(place.directory, 'bin', 'cat'), '#!/bin/sh\n', { mode: 0o755 });
    symlinkSync('/usr/bin/env', join(place.directory, 'bin', 'head'));
    const policy = Policy.load(place.config);
    for (const name of ['cat', 'head']) {
      const { text } = policy.explain([name, join(place.owned, 'real')]);
      assert.match(text, new RegExp(`${name} is not known to work on what was checked`));
    }
  },
);

test('cp to a word that cannot be looked up is refused, and no crash', () => {
  const pins = [{ index: 0, isDirectory: false }];
  assert.match(pinRefusal('/usr/bin/cp', ['/x', '/dev/null/y'], pins) ?? '', /would name the copy/);
  assert.is(pinRefusal('/usr/bin/cp', ['/x', '/nothing-there'], pins), undefined);
});

testWith(['root'], 'a prefix that is not known to hand on what was checked is refused', () => {
  const place = makePlace(
    'cat: PathFilter, cat, root, OWNED\nx: ChainingRegExpFilter, unshare, root, unshare, -m\ny: ChainingRegExpFilter, nice, root, nice',
  );
  const policy = Policy.load(place.config);
  const command = ['cat', join(place.owned, 'real')];
  const denied = policy.decide(['unshare', '-m', ...command]);
  assert.match(
    (denied.outcome === 'denied' && denied.why) || '',
    /unshare is not known to hand on/,
  );
  assert.is(policy.decide(['nice', ...command]).outcome, 'allowed');
});

testWith(
  ['root'],
  'the refusal of what stands behind a prefix is told with that of the prefix',
  () => {
    const place = makePlace(
      'rm: PathFilter, rm, root, OWNED\ny: ChainingRegExpFilter, nice, root, nice',
    );
    const denied = Policy.load(place.config).decide(['nice', 'rm', join(place.owned, 'real')]);
    assert.match(
      (denied.outcome === 'denied' && denied.why) || '',
      /^rm has a command that is refused: .*rm is not known to work/,
    );
  },
);

/** Words before `cat` under which the prefix runs it. */
const PREFIX_WORDS: Readonly<Record<string, string>> = {
  chrt: '-o 0',
  ionice: '-c 3',
  ip: '',
  nice: '-n 5',
  setsid: '-w',
  taskset: '1',
  timeout: '20',
};

test('each prefix of the table has a trial', () => {
  assert.equal(Object.keys(PREFIX_WORDS).sort(), [...PIN_PREFIXES].sort());
});

for (const [prefix, words] of Object.entries(PREFIX_WORDS)) {
  if (prefix === 'ip') continue; // in test/system/netns.test.ts, which makes a namespace
  testWith(['root', 'python3'], `${prefix} hands on what was checked`, async () => {
    const patterns = [prefix, ...words.split(' ')];
    const place = makePlace(
      `cat: PathFilter, cat, root, OWNED\nx: ChainingRegExpFilter, ${prefix}, root, ${patterns.join(', ')}`,
    );
    const policy = Policy.load(place.config);
    const attacker = await exchange(place.owned);
    let worked = 0;
    try {
      const play = async () => {
        const outcome = await carryOut(
          policy,
          [...patterns, 'cat', join(place.owned, 'real')],
          place,
        );
        assert.not.match(outcome, /SECRET/);
        if (/OBJECT/.test(outcome)) worked++;
      };
      await playRace(ROUNDS, play, () => worked > 0);
    } finally {
      attacker.kill('SIGKILL');
    }
    assert.ok(worked > 0, 'it never worked');
  });
}

test.run();
