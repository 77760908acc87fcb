import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { inNode, listDescriptors, pin, temporaryFolder, testAsRoot } from './program.js';

/** What the modules below begin with; `broken` opens what nobody reads. */
const OPEN_FILES = `
  import { closeSync, openSync, readdirSync } from 'node:fs';
  const broken = () => {
    const [ours, theirs] = posix.socketPair();
    closeSync(theirs);
    return ours;
  };
  const [a, b, c] = ['a', 'b', 'c'].map((name) => openSync(folder + '/' + name, 'a'));`;

/**
 * A Node with the files a, b and c open that becomes a shell running `script`. `stdio` is the text
 * of an array. Returns what was written to the files as well.
 */
function becomeShell(script: string, stdio: string, more: object = {}, after = '') {
  const folder = mkdtempSync(join(tmpdir(), 'tsrootwrap-stdio-'));
  const image = { file: '/bin/sh', argv: ['sh', '-c', script], environment: [], ...more };
  try {
    const result = inNode(`
      const folder = ${JSON.stringify(folder)};
      ${OPEN_FILES}
      const image = { ...${JSON.stringify(image)}, stdio: ${stdio} };
      const descriptors = () => readdirSync('/proc/self/fd').join();
      const before = descriptors();
      try { posix.become(image); } catch (error) {
        ${after || 'console.log(error.message);'}
      }`);
    const [a, b, c] = ['a', 'b', 'c'].map((name) => readFileSync(join(folder, name), 'utf8'));
    return { ...result, a, b, c };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('descriptors become 0, 1, 2 and so on in the order given', () => {
  const script = 'echo to 1; echo to 2 >&2; echo to 3 >&3; echo to 4 >&4; echo to 5 >&5';
  const { a, b, c, stdout, stderr } = becomeShell(script, '[0, a, b, 1, 2, c]');
  assert.equal([a, b, c], ['to 1\n', 'to 2\n', 'to 5\n']);
  assert.equal([stdout, stderr], ['to 3\n', 'to 4\n']);
});

test('one descriptor can take several places, and those in use can change theirs', () => {
  const script = 'echo to 0 >&0; echo to 1; echo to 2 >&2; echo to 3 >&3';
  const { stdout, stderr, a } = becomeShell(script, '[2, 2, 1, a]');
  assert.equal([stdout, stderr, a], ['to 2\n', 'to 0\nto 1\n', 'to 3\n']);
});

test('a program with places of its own gets no other descriptor', () => {
  assert.is(becomeShell(listDescriptors, '[0, 1, 2]').stdout, '0\n1\n2\n');
  const places = '[0, 1, 2, ...Array(100).fill(a)]';
  assert.is(becomeShell(`${listDescriptors} | wc -l`, places).stdout, '103\n');
});

test('descriptors keep their places when the limit leaves room for few more', () => {
  const more = { file: '/bin/ls', argv: ['ls', '/proc/self/fd'], softNofile: 5 };
  assert.is(becomeShell('', '[0, 1, 2, a]', more).stdout, '0\n1\n2\n3\n4\n');
});

test('pins are out of the way of the places', () => {
  const file = join(temporaryFolder(), 'file');
  writeFileSync(file, 'right');
  const argv = ['sh', '-c', 'echo "$1"; read -r line <"$1"; echo "$line"', 'sh', file];
  const more = { argv, pinned: [pin(4)] };
  const { stdout } = becomeShell('', '[0, 1, 2, ...Array(100).fill(a)]', more);
  const [, fd = '', line] = /^\/proc\/self\/fd\/(\d+)\n(.*)\n$/s.exec(stdout) ?? [];
  assert.ok(Number(fd) >= 103, stdout);
  assert.is(line, 'right');
});

testAsRoot('identity and privileges come with them', () => {
  const { stdout, a } = becomeShell('umask; id -u; id -G >&3', '[0, 1, 2, a]', {
    credentials: { uid: 1234, gid: 2345, groups: [7] },
    privileges: { capabilities: [], umask: 0o77 },
    environment: ['PATH=/usr/bin:/bin'],
  });
  assert.equal([stdout, a], ['0077\n1234\n', '2345 7\n']);
});

test('a program that cannot be executed is told on its own descriptor 2, and is the end', () => {
  const { status, signal, stdout, stderr, a, b } = becomeShell('', '[0, a, b]', {
    file: '/bin/nothing',
  });
  assert.equal([status, signal], [126, null]);
  assert.is(b, 'tsrootwrap: cannot become the program: exec /bin/nothing: ENOENT\n');
  assert.equal([stdout, stderr, a], ['', '', '']);
});

test('so it is when nobody reads that descriptor', () => {
  const { status, signal } = becomeShell('', '[0, 1, broken()]', {
    file: '/bin/nothing',
  });
  assert.equal([status, signal], [126, null]);
});

test('a program whose places are more than the limit is the end likewise', () => {
  const { status, b } = becomeShell('', '[0, a, b, 1]', { softNofile: 3 });
  assert.is(b, 'tsrootwrap: cannot become the program: stdio: EBADF\n');
  assert.is(status, 126);
});

for (const [what, stdio, more, message] of [
  ['a descriptor that is not open', '[0, 1, 2, 999]', {}, 'stdio: EBADF: Bad file descriptor'],
  [
    'a pin that is not there',
    '[0, a, b]',
    { pinned: [pin(0)], argv: ['/x/y'] },
    /^pin \/x\/y: ENOENT/,
  ],
  ['too few', '[0, 1]', {}, /^stdio: EINVAL: stdio has fewer than three descriptors/],
  ['no array', '2', {}, /^stdio: EINVAL: stdio is not an array/],
  ['a negative one', '[0, 1, -1]', {}, /^stdio: EINVAL/],
] as const) {
  test(`with ${what} Node goes on, with the descriptors that it had`, () => {
    const after = `const same = descriptors() === before; console.log(error.message); console.log(same);`;
    const { stdout, a, status } = becomeShell('echo ran', stdio, more, after);
    const [said, ...rest] = stdout.split('\n');
    if (typeof message === 'string') assert.is(said, message);
    else assert.match(said ?? '', message);
    assert.equal([...rest, a, status], ['true', '', '', 0]);
  });
}

test.run();
