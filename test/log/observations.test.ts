import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Log } from '#src/log/log.js';
import { Observations, type Observed, type ObservedLine } from '#src/log/observations.js';
import { posix } from '#src/posix/addon.js';
import { temporaryDirectory } from '../support/policy-files.js';
import { descriptorsOf } from '../support/proc.js';
import { testWith } from '../support/requirements.js';

const ASKER = { uid: process.getuid?.() ?? 0, pid: 4711 };
const DENIED: Observed = { outcome: 'denied' };

interface Case {
  readonly file: string;
  readonly warnings: string[];
  readonly observations: Observations;
  /** Notes a refusal of these words. */
  note(...words: string[]): void;
  lines(): ObservedLine[];
}

function observing(file = join(temporaryDirectory(), 'observed')): Case {
  const warnings: string[] = [];
  const log = { warning: (message: string) => warnings.push(message) } as unknown as Log;
  const observations = new Observations(file, log);
  return {
    file,
    warnings,
    observations,
    note: (...words) => observations.note(words, DENIED, ASKER),
    lines: () =>
      readFileSync(file, 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
  };
}

test('a decision is one line with who asked, what was said and what runs', () => {
  const { observations, lines, file } = observing();
  const filter = { name: 'ip', file: '/etc/x.filters', line: 3, className: 'CommandFilter' };
  const plan = { argv: ['/sbin/ip', 'a'], user: 'root', kind: 'command', file: '/sbin/ip' };
  observations.note(['ip', 'a'], { outcome: 'allowed', filter, plan }, ASKER);
  const [{ time, ...line } = assert.unreachable() as never] = lines();
  assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.equal(line, {
    outcome: 'allowed',
    command: ['ip', 'a'],
    uid: ASKER.uid,
    caller: posix.userName(ASKER.uid) ?? String(ASKER.uid),
    pid: 4711,
    filter: { name: 'ip', file: '/etc/x.filters', line: 3 },
    plan: { argv: ['/sbin/ip', 'a'], user: 'root' },
  });
  assert.is(statSync(file).mode & 0o7777, 0o600);
});

test('without a file nothing is kept', () => {
  const observations = new Observations(undefined, undefined as unknown as Log);
  observations.note(['x'], DENIED, ASKER);
});

test('a signal is kept with the program of its process', () => {
  const { observations, lines } = observing();
  const plan = { argv: ['/bin/kill', '-9', '12'], user: 'root', program: '/usr/sbin/dnsmasq' };
  observations.note(['kill', '-9', '12'], { outcome: 'allowed', plan }, ASKER);
  assert.equal(lines()[0]?.plan, plan);
});

test('values of variables are withheld, as in the log', () => {
  const { observations, file, lines } = observing();
  const plan = { argv: ['/usr/bin/env', 'PW=secret', 'tool'], user: 'root' };
  observations.note(['env', 'PW=secret', 'tool', 'a=b'], { outcome: 'allowed', plan }, ASKER);
  assert.not.match(readFileSync(file, 'utf8'), 'secret');
  assert.equal(lines()[0]?.command, ['env', 'PW=...', 'tool', 'a=b']);
  assert.equal(lines()[0]?.plan?.argv, ['/usr/bin/env', 'PW=...', 'tool']);
});

test('hostile words stay one line of printable ASCII, and come back as they were', () => {
  const { note, lines, file } = observing();
  const words = [
    'a\n{"outcome":"allowed","command":["forged"]}',
    '\r\x1b[31m\x00\u2028\u2029\u202e\ud800\u0085',
    '"],"outcome":"allowed","x":["',
    '\\',
    'ünï😀',
    '',
  ];
  note(...words);
  const text = readFileSync(file, 'utf8');
  assert.is(text.indexOf('\n'), text.length - 1);
  assert.not.match(text, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202e]/);
  assert.equal(lines()[0]?.command, words);
});

test('a command that is too long is cut and marked, and its plan left out', () => {
  const { observations, lines, file } = observing();
  const plan = { argv: ['/bin/a', 'x'], user: 'root' };
  for (const words of [['a', 'x'.repeat(20_000)], Array(100_000).fill('y')]) {
    observations.note(words, { outcome: 'allowed', plan }, ASKER);
  }
  for (const { command, inexact, plan } of lines()) {
    assert.is(inexact, 'cut');
    assert.is(plan, undefined);
    assert.ok(command.length <= 4096 && command.join('').length <= 16_384);
  }
  assert.ok(statSync(file).size < 100_000);
});

test('words that are not what was asked are marked', () => {
  const { observations, lines } = observing();
  observations.note(['a', '\ufffd'], DENIED, ASKER, 'altered');
  assert.is(lines()[0]?.inexact, 'altered');
});

/** What must be refused and left as it is, whatever stands at the path. */
function refuses(what: string, make: (file: string) => void, reason: string): void {
  test(`${what} is told once and left as it is`, () => {
    const { file, note, warnings } = observing();
    make(file);
    const before = statSync(file, { throwIfNoEntry: false });
    note('a');
    note('b');
    assert.is(warnings.length, 1, warnings.join());
    assert.match(warnings[0] ?? '', `Cannot observe to ${file}: `);
    assert.match(warnings[0] ?? '', reason);
    const after = statSync(file, { throwIfNoEntry: false });
    assert.is(after?.mode, before?.mode);
    assert.is(after?.size, before?.size);
  });
}

refuses('a file that others can read', (file) => write(file, 0o640), 'mode 0600');
refuses('a file that others can write', (file) => write(file, 0o602), 'mode 0600');
refuses(
  'a second name of another file',
  (file) => {
    write(`${file}.other`, 0o600);
    linkSync(`${file}.other`, file);
  },
  'one name',
);
refuses(
  'a symbolic link',
  (file) => {
    write(`${file}.other`, 0o600);
    symlinkSync(`${file}.other`, file);
  },
  'ELOOP',
);
refuses('a link that leads nowhere', (file) => symlinkSync(`${file}.none`, file), 'ELOOP');
refuses('a directory', (file) => mkdirSync(file), 'EISDIR');
refuses('a pipe, which nobody reads', (file) => spawnSync('mkfifo', [file]), 'not a regular file');
refuses('a device', (file) => symlinkSync('/dev/full', file), 'ELOOP');
refuses(
  'a full file',
  (file) => {
    write(file, 0o600);
    truncateSync(file, 256 * 1024 * 1024);
  },
  'rotate it',
);

function write(file: string, mode: number): void {
  writeFileSync(file, 'kept\n');
  chmodSync(file, mode);
}

test('a directory that is missing is told', () => {
  const { note, warnings } = observing(join(temporaryDirectory(), 'none', 'observed'));
  note('a');
  assert.match(warnings[0] ?? '', 'ENOENT');
});

testWith(['root'], 'a file of another user is told and left as it is', () => {
  const { file, note, warnings } = observing();
  write(file, 0o600);
  chownSync(file, 12_345, 12_345);
  note('a');
  assert.match(warnings[0] ?? '', 'must belong to the user');
  assert.is(readFileSync(file, 'utf8'), 'kept\n');
});

testWith(['root'], 'a directory that somebody else can exchange is not followed', () => {
  const place = temporaryDirectory();
  chownSync(place, 12_345, 12_345);
  const target = temporaryDirectory();
  symlinkSync(target, join(place, 'link'));
  const { note, warnings } = observing(join(place, 'link', 'observed'));
  note('a');
  assert.match(warnings[0] ?? '', 'others could replace it');
  assert.is(statSync(join(target, 'observed'), { throwIfNoEntry: false }), undefined);
});

test('trouble is told again after it went away and came back', () => {
  const { file, note, warnings } = observing();
  for (let round = 1; round <= 2; round++) {
    mkdirSync(file);
    note('lost');
    assert.is(warnings.length, round);
    rmSync(file, { recursive: true });
    note('kept');
    assert.is(warnings.length, round);
    rmSync(file);
  }
});

test('a line that another process could not finish is ended first', () => {
  const { file, note } = observing();
  note('a');
  appendFileSync(file, '{"time":"2026-01-01T00:00:00.000Z","outcome":"allo');
  note('b');
  const [first = '', broken, last = ''] = readFileSync(file, 'utf8').split('\n');
  assert.equal(JSON.parse(first).command, ['a']);
  assert.match(broken ?? '', /allo$/);
  assert.equal(JSON.parse(last).command, ['b']);
});

test('a file that was moved away is made anew, and a cut one goes on at its start', () => {
  const { file, note, lines } = observing();
  note('a');
  renameSync(file, join(dirname(file), 'old'));
  note('b');
  assert.equal(
    lines().map(({ command }) => command),
    [['b']],
  );
  truncateSync(file, 0);
  note('c');
  assert.equal(
    lines().map(({ command }) => command),
    [['c']],
  );
});

test('no descriptor stays open, whether a line could be written or not', () => {
  const { file, note, warnings } = observing();
  note('a');
  chmodSync(file, 0o644);
  note('b');
  assert.is(warnings.length, 1);
  assert.not.ok(descriptorsOf(process.pid).some((text) => text.includes(file)));
});

test.run();
