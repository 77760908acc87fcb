import { chmodSync, chownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { modulesDirectory } from '#src/privileged/start/modules-directory.js';
import { StartError } from '#src/privileged/start/start-error.js';
import { temporaryDirectory } from '../../support/policy-files.js';
import { testWith } from '../../support/requirements.js';
import { giveAway } from '../../support/trust.js';

function refused(path: string): string {
  try {
    modulesDirectory(path);
  } catch (error) {
    assert.instance(error, StartError);
    return (error as StartError).message;
  }
  throw new Error(`it was taken: ${path}`);
}

function directoryIn(above: string, name = 'modules'): string {
  const path = join(above, name);
  mkdirSync(path, { mode: 0o755 });
  return path;
}

test('a directory is taken by its canonical path', () => {
  const above = temporaryDirectory();
  const path = directoryIn(above);
  symlinkSync('modules', join(above, 'link'));
  for (const written of [path, `${path}/`, `${above}/./link`, `${path}/../modules`]) {
    assert.is(modulesDirectory(written), path);
  }
});

test('what is missing, and what is no directory, is refused', () => {
  const above = temporaryDirectory();
  writeFileSync(join(above, 'file'), '');
  symlinkSync('nothing', join(above, 'broken'));
  assert.match(refused(join(above, 'none')), /there is no directory .*; install the modules there/);
  assert.match(refused(join(above, 'broken')), /there is no directory/);
  assert.match(refused(join(above, 'file')), /is not a directory/);
});

test('a directory that others may write to is refused', () => {
  for (const mode of [0o775, 0o757, 0o1777]) {
    const path = directoryIn(temporaryDirectory());
    chmodSync(path, mode);
    assert.match(
      refused(path),
      /only root may be able to change it; `chown root .* && chmod go-w /,
    );
  }
});

test('a directory below one that others may write to is refused', () => {
  const above = temporaryDirectory();
  const path = directoryIn(directoryIn(above, 'open'));
  chmodSync(join(above, 'open'), 0o777);
  assert.match(refused(path), /others could replace .*; let root alone own and change each/);
});

testWith(['root'], 'a directory of another user, or below one of theirs, is refused', () => {
  const above = temporaryDirectory();
  const own = directoryIn(above);
  giveAway(own);
  assert.match(refused(own), /its owner is uid 65534/);
  const outer = directoryIn(above, 'outer');
  const inner = directoryIn(outer);
  giveAway(outer);
  assert.match(refused(inner), /others could replace/);
  chownSync(outer, 0, 0);
  assert.is(modulesDirectory(inner), inner);
});

testWith(['root'], 'a link of another user’s on the way is refused, wherever it leads', () => {
  const above = temporaryDirectory();
  const path = directoryIn(above);
  const theirs = directoryIn(above, 'theirs');
  symlinkSync(path, join(theirs, 'link'));
  giveAway(theirs);
  assert.match(refused(join(theirs, 'link')), /others could replace/);
});

test('a path of /proc is refused: it may lead into another mount namespace', () => {
  assert.match(
    refused(`/proc/${process.pid}/root/${temporaryDirectory()}`),
    /others could replace/,
  );
});

test.run();
