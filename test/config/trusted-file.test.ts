import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  listTrustedDirectory,
  readTrustedFile,
  TrustedDirectory,
} from '#src/config/trusted-file.js';
import { refusal } from '../support/refusal.js';
import { isRoot, testWhere } from './requirements.js';
import { inTemporaryDirectory } from './temporary-directory.js';

function testAsRoot(title: string, body: (directory: string) => void): void {
  testWhere(isRoot, 'root', title, () => inTemporaryDirectory(body));
}

function testIn(title: string, body: (directory: string) => void): void {
  test(title, () => inTemporaryDirectory(body));
}

function write(directory: string, name: string, content: string | Uint8Array = name): string {
  const file = path.join(directory, name);
  fs.writeFileSync(file, content);
  fs.chmodSync(file, 0o644);
  return file;
}

function makeDirectory(parent: string, name: string): string {
  const directory = path.join(parent, name);
  fs.mkdirSync(directory);
  fs.chmodSync(directory, 0o755);
  return directory;
}

function makeFifo(directory: string, name: string): string {
  const fifo = path.join(directory, name);
  assert.is(spawnSync('mkfifo', [fifo]).status, 0);
  return fifo;
}

function texts(directory: string): string[] | undefined {
  return listTrustedDirectory(directory)?.map(({ text }) => text);
}

function openDescriptors(): number {
  return fs.readdirSync('/proc/self/fd').length;
}

testIn('a file is read whole, byte order mark and NUL included', (directory) => {
  const text = `\ufeffa\0é😀\r\n${'x'.repeat(100_000)}`;
  assert.is(readTrustedFile(write(directory, 'f', text)), text);
  assert.is(readTrustedFile(write(directory, 'empty', '')), '');
});

testIn('a missing file is an error that names it', (directory) => {
  const file = path.join(directory, 'none');
  assert.is(
    refusal(() => readTrustedFile(file)),
    `${file}: no such file; give the path of an existing one`,
  );
});

testIn('a directory in place of a file is refused', (directory) => {
  assert.match(
    refusal(() => readTrustedFile(directory)),
    'not a regular file',
  );
});

testIn('a FIFO is refused without waiting for a writer', (directory) => {
  const fifo = makeFifo(directory, 'fifo');
  assert.match(
    refusal(() => readTrustedFile(fifo)),
    'not a regular file',
  );
});

test('a device is refused', () => {
  assert.match(
    refusal(() => readTrustedFile('/dev/zero')),
    'not a regular file',
  );
});

testIn('a file over 16 MiB is refused', (directory) => {
  const file = write(directory, 'big');
  fs.truncateSync(file, 16 * 1024 * 1024 + 1);
  assert.match(
    refusal(() => readTrustedFile(file)),
    'more than 16777216',
  );
  fs.truncateSync(file, 16 * 1024 * 1024);
  assert.is(readTrustedFile(file).length, 16 * 1024 * 1024);
});

testIn('invalid UTF-8 is an error with its line, however lines end', (directory) => {
  const invalid = [[0xff], [0xc3], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80]];
  for (const bytes of invalid) {
    const content = Buffer.concat([Buffer.from('a\ré\r\n\ufffd\nx'), Buffer.from(bytes)]);
    const file = write(directory, 'f', Buffer.concat([content, Buffer.from('\nok\n')]));
    assert.is(
      refusal(() => readTrustedFile(file)),
      `${file}:4: the line is not valid UTF-8; save the file as UTF-8`,
    );
  }
});

testIn('a path with a NUL is refused', () => {
  refusal(() => readTrustedFile('/etc/\0passwd'));
});

testIn('the files of a directory come in the order of the bytes of their names', (directory) => {
  for (const name of ['b', 'a', 'B', '10', '9', 'é', '\ue000', '😀']) write(directory, name);
  assert.equal(texts(directory), ['10', '9', 'B', 'a', 'b', 'é', '\ue000', '😀']);
});

testIn('each file carries the path it was found under', (directory) => {
  write(directory, 'a');
  assert.equal(listTrustedDirectory(directory), [{ path: `${directory}/a`, text: 'a' }]);
  assert.equal(listTrustedDirectory(`${directory}/`), [{ path: `${directory}/a`, text: 'a' }]);
});

testIn('names that start with a dot are skipped', (directory) => {
  for (const name of ['.a', '.swp', 'a']) write(directory, name);
  assert.equal(texts(directory), ['a']);
});

testIn('a name that is not UTF-8 is read like any other', (directory) => {
  fs.writeFileSync(Buffer.concat([Buffer.from(`${directory}/n`), Buffer.from([0xff])]), 'odd', {
    mode: 0o644,
  });
  assert.equal(listTrustedDirectory(directory), [{ path: `${directory}/n\ufffd`, text: 'odd' }]);
});

testIn(
  'what is no regular file is skipped: a directory, a FIFO, a dangling symlink',
  (directory) => {
    makeDirectory(directory, 'd');
    makeFifo(directory, 'fifo');
    fs.symlinkSync('nothing', path.join(directory, 'dangling'));
    fs.symlinkSync('loop', path.join(directory, 'loop'));
    fs.symlinkSync('/dev/null', path.join(directory, 'device'));
    write(directory, 'a');
    assert.equal(texts(directory), ['a']);
  },
);

testIn('a socket is skipped', (directory) => {
  const listen = `require('net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`;
  spawnSync(process.execPath, ['-e', listen, path.join(directory, 'socket')]);
  assert.ok(fs.statSync(path.join(directory, 'socket')).isSocket());
  assert.equal(texts(directory), []);
});

testIn('a symlink to a regular file is read', (directory) => {
  const elsewhere = write(makeDirectory(directory, 'elsewhere'), 'target', 'linked');
  const filters = makeDirectory(directory, 'filters');
  fs.symlinkSync(elsewhere, path.join(filters, 'a'));
  fs.symlinkSync('../elsewhere/target', path.join(filters, 'b'));
  assert.equal(texts(filters), ['linked', 'linked']);
});

testIn('a missing directory, or a file in its place, is undefined', (directory) => {
  assert.is(texts(path.join(directory, 'none')), undefined);
  assert.is(texts(write(directory, 'file')), undefined);
  assert.is(texts(makeFifo(directory, 'fifo')), undefined);
  assert.is(texts(path.join(directory, 'x'.repeat(300))), undefined);
});

testIn('an empty directory lists nothing', (directory) => {
  assert.equal(texts(directory), []);
});

testIn('a directory exchanged after it was opened is not read', (directory) => {
  const filters = makeDirectory(directory, 'filters');
  write(filters, 'a', 'checked');
  write(filters, 'b', 'checked too');
  const opened = TrustedDirectory.open(filters);
  fs.renameSync(filters, path.join(directory, 'moved'));
  write(makeDirectory(directory, 'filters'), 'a', 'exchanged');
  assert.equal(
    opened?.read().map(({ text }) => text),
    ['checked', 'checked too'],
  );
  opened?.close();
});

testIn('no descriptor stays open, whatever is refused', (directory) => {
  const filters = makeDirectory(directory, 'filters');
  write(filters, 'a');
  const bad = write(directory, 'bad', Buffer.from([0xff]));
  const before = openDescriptors();
  for (let i = 0; i < 10; i++) {
    texts(filters);
    texts(path.join(directory, 'none'));
    refusal(() => readTrustedFile(bad));
    refusal(() => readTrustedFile(filters));
    refusal(() => readTrustedFile('/dev/null'));
  }
  write(filters, 'b', Buffer.from([0xff]));
  refusal(() => texts(filters));
  if (isRoot) {
    fs.chmodSync(filters, 0o777);
    refusal(() => texts(filters));
  }
  assert.is(openDescriptors(), before);
});

const MESSAGE = 'only root may be able to change it; `chown root ';

testAsRoot('a file that its group may write is refused, saying how to mend it', (directory) => {
  const file = write(directory, 'f');
  fs.chmodSync(file, 0o664);
  assert.is(
    refusal(() => readTrustedFile(file)),
    `${file}: its owner is uid 0 and its mode 0664, but only root may be able to change it; ` +
      `\`chown root ${file} && chmod go-w ${file}\` after checking what it says`,
  );
});

testAsRoot('a file that anyone may write is refused', (directory) => {
  const file = write(directory, 'f');
  fs.chmodSync(file, 0o602);
  assert.match(
    refusal(() => readTrustedFile(file)),
    'mode 0602',
  );
});

testAsRoot('a file that another user owns is refused', (directory) => {
  const file = write(directory, 'f');
  fs.chownSync(file, 1234, 0);
  assert.match(
    refusal(() => readTrustedFile(file)),
    'owner is uid 1234',
  );
});

testAsRoot("a file of root's with another group and no write bit is read", (directory) => {
  const file = write(directory, 'f');
  fs.chownSync(file, 0, 1234);
  fs.chmodSync(file, 0o4755);
  assert.is(readTrustedFile(file), 'f');
});

testAsRoot('a symlink is judged by the file it leads to', (directory) => {
  const file = write(directory, 'f');
  const link = path.join(directory, 'link');
  fs.symlinkSync(file, link);
  fs.lchownSync(link, 1234, 1234);
  assert.is(readTrustedFile(link), 'f');
  fs.chmodSync(file, 0o666);
  assert.match(
    refusal(() => readTrustedFile(link)),
    MESSAGE,
  );
});

testAsRoot('a directory that group or others may write is refused', (directory) => {
  const filters = makeDirectory(directory, 'filters');
  for (const mode of [0o775, 0o757, 0o1777]) {
    fs.chmodSync(filters, mode);
    assert.match(
      refusal(() => texts(filters)),
      `${filters}: its owner is uid 0 and its mode ${mode.toString(8).padStart(4, '0')}`,
    );
  }
});

testAsRoot('a directory that another user owns is refused', (directory) => {
  const filters = makeDirectory(directory, 'filters');
  fs.chownSync(filters, 1234, 0);
  assert.match(
    refusal(() => texts(filters)),
    `${filters}: its owner is uid 1234`,
  );
});

testAsRoot('a file in a directory is refused as one by itself, naming the file', (directory) => {
  write(directory, 'a');
  const bad = write(directory, 'b');
  for (const spoil of [
    () => fs.chmodSync(bad, 0o664),
    () => fs.chmodSync(bad, 0o646),
    () => fs.chownSync(bad, 1234, 0),
  ]) {
    spoil();
    assert.match(
      refusal(() => texts(directory)),
      `${bad}: its owner`,
    );
    fs.chownSync(bad, 0, 0);
    fs.chmodSync(bad, 0o644);
  }
  assert.equal(texts(directory), ['a', 'b']);
});

testAsRoot('a symlink in a directory to a bad file is refused', (directory) => {
  const elsewhere = write(makeDirectory(directory, 'elsewhere'), 'target');
  fs.chownSync(elsewhere, 1234, 0);
  const filters = makeDirectory(directory, 'filters');
  fs.symlinkSync(elsewhere, path.join(filters, 'link'));
  assert.match(
    refusal(() => texts(filters)),
    `${filters}/link: its owner is uid 1234`,
  );
});

testAsRoot('a skipped name is not judged', (directory) => {
  fs.chmodSync(write(directory, '.a'), 0o666);
  makeFifo(directory, 'fifo');
  fs.chmodSync(path.join(directory, 'fifo'), 0o666);
  assert.equal(texts(directory), []);
});

testAsRoot('the advice quotes a name that a shell would not take as one word', (directory) => {
  const file = write(directory, "a b'; c");
  fs.chmodSync(file, 0o666);
  assert.match(
    refusal(() => readTrustedFile(file)),
    `\`chown root '${directory}/a b'\\''; c' && chmod go-w '`,
  );
});

testAsRoot('an ordinary user reads what is not root-only, unchecked', (directory) => {
  fs.chmodSync(directory, 0o755);
  fs.chmodSync(write(directory, 'a'), 0o666);
  process.seteuid?.(1234);
  try {
    assert.equal(texts(directory), ['a']);
    assert.is(readTrustedFile(path.join(directory, 'a')), 'a');
  } finally {
    process.seteuid?.(0);
  }
});

testAsRoot('a file that may not be read is an error that says why', (directory) => {
  fs.chmodSync(directory, 0o755);
  fs.chmodSync(write(directory, 'a'), 0o600);
  process.seteuid?.(1234);
  try {
    assert.match(
      refusal(() => texts(directory)),
      'EACCES',
    );
    assert.match(
      refusal(() => readTrustedFile(path.join(directory, 'a'))),
      'EACCES',
    );
  } finally {
    process.seteuid?.(0);
  }
});

test.run();
