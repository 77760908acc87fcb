import { chmodSync, chownSync, lchownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  admit,
  admitPackageFiles,
  UntrustedCodeError,
} from '#src/privileged/helper/trusted-code.js';
import { testWith } from '../../support/requirements.js';
import { directoryOf } from './modules-directory.js';

const SOMEBODY = 61191;
const ROOT = [0];

function refusal(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof UntrustedCodeError) return error.message;
    throw error;
  }
  return 'admitted';
}

/** A file two directories down. */
function tree(): { readonly directory: string; readonly inner: string; readonly file: string } {
  const directory = directoryOf({ 'outer/inner/file.js': '' });
  const inner = join(directory, 'outer/inner');
  return { directory, inner, file: join(inner, 'file.js') };
}

testWith(['root'], 'a file of root that is only ever below directories of root is admitted', () => {
  const { file } = tree();
  assert.is(admit(file, ROOT), file);
});

testWith(['root'], 'what others may write to, or own, is refused wherever it is on the way', () => {
  for (const below of ['outer', 'outer/inner', 'outer/inner/file.js']) {
    for (const mode of [0o775, 0o757]) {
      const { directory, file } = tree();
      chmodSync(join(directory, below), mode);
      assert.match(
        refusal(() => admit(file, ROOT)),
        `others than its owner may write to ${join(directory, below)};`,
      );
    }
    const { directory, file } = tree();
    chownSync(join(directory, below), SOMEBODY, 0);
    assert.match(
      refusal(() => admit(file, ROOT)),
      `${join(directory, below)} belongs to user ${SOMEBODY}`,
    );
  }
});

testWith(['root'], 'a group that owns something and may not write to it does no harm', () => {
  const { inner, file } = tree();
  chownSync(file, 0, SOMEBODY);
  chownSync(inner, 0, SOMEBODY);
  assert.is(admit(file, ROOT), file);
});

testWith(
  ['root'],
  'in a directory with the sticky bit a name of root counts, and one of another does not',
  () => {
    const { inner, file } = tree();
    chmodSync(inner, 0o1777);
    assert.is(admit(file, ROOT), file);
    const other = join(inner, 'other.js');
    writeFileSync(other, '');
    chownSync(other, SOMEBODY, SOMEBODY);
    assert.match(
      refusal(() => admit(other, ROOT)),
      'belongs to user',
    );
    chmodSync(file, 0o1666);
    assert.match(
      refusal(() => admit(file, ROOT)),
      'others than its owner may write',
    );
  },
);

testWith(['root'], 'a link is followed, and its way is judged as well', () => {
  const { directory, file } = tree();
  symlinkSync('outer/inner', join(directory, 'link'));
  assert.is(admit(join(directory, 'link/file.js'), ROOT), file);
  lchownSync(join(directory, 'link'), SOMEBODY, SOMEBODY);
  assert.match(
    refusal(() => admit(join(directory, 'link/file.js'), ROOT)),
    'link belongs to user',
  );
});

testWith(
  ['root'],
  'a link that leads through a directory of another to a file of root is refused',
  () => {
    const { directory, inner } = tree();
    mkdirSync(join(directory, 'theirs'));
    symlinkSync(inner, join(directory, 'theirs/way'));
    symlinkSync('theirs/way', join(directory, 'link'));
    chownSync(join(directory, 'theirs'), SOMEBODY, SOMEBODY);
    assert.match(
      refusal(() => admit(join(directory, 'link/file.js'), ROOT)),
      'theirs belongs to user',
    );
  },
);

test('what is not there, is no file, or never ends is refused', () => {
  const { directory, inner } = tree();
  const owners = [0, process.getuid?.() ?? 0];
  symlinkSync('loop', join(directory, 'loop'));
  assert.match(
    refusal(() => admit(join(inner, 'absent.js'), owners)),
    'absent.js is not there',
  );
  assert.match(
    refusal(() => admit(inner, owners)),
    'inner is not a file',
  );
  assert.match(
    refusal(() => admit(join(directory, 'loop'), owners)),
    'too many links',
  );
  assert.match(
    refusal(() => admit('/dev/null', owners)),
    /others than its owner|is not a file/,
  );
});

testWith(['root'], 'a user who is trusted besides root may own all of it', () => {
  const { directory, inner, file } = tree();
  for (const path of [directory, inner, file]) chownSync(path, SOMEBODY, SOMEBODY);
  assert.is(admit(file, [0, SOMEBODY]), file);
  assert.match(
    refusal(() => admit(file, [0, SOMEBODY + 1])),
    `root or user ${SOMEBODY + 1}'s`,
  );
  chmodSync(file, 0o664);
  assert.match(
    refusal(() => admit(file, [0, SOMEBODY])),
    'others than its owner may write',
  );
});

testWith(['root'], 'a package.json above a file is judged like the file', () => {
  const { directory, file } = tree();
  admitPackageFiles(file, ROOT);
  const description = join(directory, 'outer/package.json');
  writeFileSync(description, '{}');
  admitPackageFiles(file, ROOT);
  chmodSync(description, 0o664);
  assert.match(
    refusal(() => admitPackageFiles(file, ROOT)),
    'package.json is not loaded',
  );
});

test.run();
