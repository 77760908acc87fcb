import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { writeNew } from '#src/init/write-new.js';
import { temporaryDirectory } from '../support/policy-files.js';

const file = (path: string) => ({ path, mode: 0o644, text: 'new' });

test('when one fails half way, what this call made goes, and nothing else', () => {
  const directory = temporaryDirectory();
  const at = (name: string) => join(directory, name);
  writeFileSync(at('theirs'), 'old');
  mkdirSync(at('kept'));
  const entries = [
    { path: at('made'), mode: 0o755 },
    file(at('made/file')),
    file(at('kept/file')),
    file(at('theirs')),
    file(at('later')),
  ];
  assert.throws(() => writeNew(entries), /EEXIST/);
  assert.equal(readdirSync(directory).sort(), ['kept', 'theirs']);
  assert.equal(readdirSync(at('kept')), []);
  assert.is(readFileSync(at('theirs'), 'utf8'), 'old');
});

test('what somebody else put into a new directory stays, and is told of', () => {
  const directory = temporaryDirectory();
  const at = (name: string) => join(directory, name);
  const entries = [
    { path: at('made'), mode: 0o755 },
    file(at('made/file')),
    {
      ...file(at('made/second')),
      get text(): string {
        writeFileSync(at('made/theirs'), '');
        throw new Error('the disk is full');
      },
    },
  ];
  assert.throws(() => writeNew(entries), /the disk is full; .* look at \S+made$/);
  assert.equal(readdirSync(at('made')), ['theirs']);
});

test('a link is not written through, wherever it leads', () => {
  const directory = temporaryDirectory();
  const target = join(directory, 'target');
  symlinkSync(target, join(directory, 'link'));
  assert.throws(() => writeNew([file(join(directory, 'link'))]), /EEXIST/);
  assert.not.ok(existsSync(target));
});

test('a directory that is there is not taken for one that was made', () => {
  const directory = temporaryDirectory();
  assert.throws(() => writeNew([{ path: directory, mode: 0o755 }]), /EEXIST/);
  assert.ok(existsSync(directory));
});

test.run();
