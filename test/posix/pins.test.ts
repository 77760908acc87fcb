import { chmodSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { posix } from '#src/posix/addon.js';
import { image, outputOf, pin, temporaryFolder, testAsRoot, thrown } from './program.js';

const folder = temporaryFolder();
const file = join(folder, 'file');
test.before(() => {
  chmodSync(folder, 0o755);
  writeFileSync(file, 'right');
  mkdirSync(join(folder, 'real'));
  writeFileSync(join(folder, 'real', 'file'), 'right');
  symlinkSync(file, join(folder, 'link'));
  symlinkSync('real', join(folder, 'linked'));
  writeFileSync(join(folder, 'secret'), 'secret', { mode: 0o600 });
});

const failure = (...program: Parameters<typeof image>) =>
  thrown(() => posix.spawn(image(...program)));

test('a pinned word arrives as /proc/self/fd/N and reads the file', async () => {
  const output = await outputOf(
    image('/bin/cat', ['/proc/self/cmdline', file], { pinned: [pin(2)] }),
  );
  assert.match(
    output.toString(),
    /^\/bin\/cat\0\/proc\/self\/cmdline\0\/proc\/self\/fd\/3\0right$/,
  );
});

test('words that are not pinned stay as they are', async () => {
  const output = await outputOf(image('/bin/echo', [file, file, file], { pinned: [pin(2)] }));
  assert.is(output.toString(), `${file} /proc/self/fd/3 ${file}\n`);
});

test('several words are pinned, each to its own descriptor', async () => {
  const other = join(folder, 'real', 'file');
  const args = ['-c', 'readlink "$1" "$2"', 'sh', other, file];
  const output = await outputOf(
    image('/bin/sh', args, { pinned: [pin(4), pin(5)], environment: ['PATH=/usr/bin:/bin'] }),
  );
  assert.is(output.toString(), `${other}\n${file}\n`);
});

test('a folder may be pinned', async () => {
  const output = await outputOf(image('/bin/ls', [`${folder}/real`], { pinned: [pin(1, true)] }));
  assert.is(
    output.toString().trim().endsWith('file') || output.toString().includes('/proc/'),
    true,
  );
});

test('the program keeps the object even if the name is exchanged', async () => {
  const swapped = join(folder, 'swapped');
  writeFileSync(swapped, 'right');
  const script = 'read -r go <"$2"; read -r line <"$1"; echo "$line"';
  const gate = join(folder, 'gate');
  const { execFileSync } = await import('node:child_process');
  execFileSync('mkfifo', [gate]);
  const output = outputOf(
    image('/bin/sh', ['-c', script, 'sh', swapped, gate], { pinned: [pin(4)] }),
  );
  renameSync(swapped, `${swapped}.old`);
  symlinkSync(join(folder, 'secret'), swapped);
  writeFileSync(gate, 'go\n');
  assert.is((await output).toString(), 'right\n');
});

test('a symbolic link at the end fails at pin with ELOOP', () => {
  const error = failure('/bin/cat', [join(folder, 'link')], { pinned: [pin(1)] });
  assert.equal([error.code, error.step, error.syscall], ['ELOOP', 'pin', 'openat2']);
  assert.ok(error.message.startsWith(`pin ${folder}/link: ELOOP: `));
});

test('a symbolic link on the way fails at pin with ELOOP', () => {
  const error = failure('/bin/cat', [join(folder, 'linked', 'file')], { pinned: [pin(1)] });
  assert.equal([error.code, error.step], ['ELOOP', 'pin']);
});

test('a magic link of /proc fails at pin with ELOOP', () => {
  const error = failure('/bin/cat', ['/proc/self/root/etc/passwd'], { pinned: [pin(1)] });
  assert.equal([error.code, error.step], ['ELOOP', 'pin']);
});

test('a directory where none was checked fails at pin with EISDIR, the reverse with ENOTDIR', () => {
  const folderForFile = failure('/bin/cat', [join(folder, 'real')], { pinned: [pin(1)] });
  assert.equal([folderForFile.code, folderForFile.step], ['EISDIR', 'pin']);
  const fileForFolder = failure('/bin/cat', [file], { pinned: [pin(1, true)] });
  assert.equal([fileForFolder.code, fileForFolder.step], ['ENOTDIR', 'pin']);
});

test('a pinned path that is not there fails at pin with ENOENT', () => {
  const error = failure('/bin/cat', [join(folder, 'none')], { pinned: [pin(1)] });
  assert.equal([error.code, error.step], ['ENOENT', 'pin']);
});

test('a pin beyond the descriptor limit fails at pin with EMFILE', () => {
  const error = failure('/bin/cat', [file], { pinned: [pin(1)], softNofile: 3 });
  assert.equal([error.code, error.step], ['EMFILE', 'pin']);
});

test('a relative word, one that is not there and one named twice cannot be pinned', () => {
  for (const [word, ...pinned] of [
    ['x', pin(1)],
    [file, pin(2)],
    [file, pin(-1)],
    [file, pin(1), pin(1)],
  ] as const) {
    const error = failure('/bin/cat', [word], { pinned });
    assert.equal([error.code, error.step], ['EINVAL', 'pin']);
  }
});

testAsRoot('a pin is opened with the credentials of the program', () => {
  chmodSync(join(folder, 'real'), 0o700);
  const credentials = { uid: 1234, gid: 2345, groups: [] };
  const path = join(folder, 'real', 'file');
  const error = failure('/bin/cat', [path], { pinned: [pin(1)], credentials });
  assert.equal([error.code, error.step], ['EACCES', 'pin']);
});

testAsRoot('a pin gives no access that the program would not have had', async () => {
  const credentials = { uid: 1234, gid: 2345, groups: [] };
  const program = image('/bin/cat', [join(folder, 'secret')], { pinned: [pin(1)], credentials });
  assert.is((await outputOf(program)).toString(), '');
});

test.run();
