import { mkdirSync, realpathSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { repositoryRoot } from '#src/check/repository-root.js';
import { shortPath } from '#src/terminal/short-path.js';
import { temporaryDirectory } from '../support/policy-files.js';

const began = process.cwd();
const directory = realpathSync(temporaryDirectory());

test.after.each(() => process.chdir(began));

test('the root is the nearest directory above that holds .git, be it a directory or a file', () => {
  const inner = join(directory, 'a/b/c');
  mkdirSync(inner, { recursive: true });
  process.chdir(inner);
  const outside = repositoryRoot();
  assert.ok(outside === inner || directory.startsWith(outside), outside);
  mkdirSync(join(directory, '.git'));
  assert.is(repositoryRoot(), directory);
  writeFileSync(join(directory, 'a/.git'), 'gitdir: elsewhere\n'); // of a worktree
  assert.is(repositoryRoot(), join(directory, 'a'));
});

test('where the working directory is gone, paths are told whole', () => {
  const gone = join(directory, 'gone');
  mkdirSync(gone);
  process.chdir(gone);
  rmdirSync(gone);
  assert.is(repositoryRoot(), '/');
  assert.is(shortPath('/etc/app/rootwrap.conf'), '/etc/app/rootwrap.conf');
});

test.run();
