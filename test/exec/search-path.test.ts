import { chmodSync, chownSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { searchPath } from '#src/exec/search-path.js';
import { inChild } from '../support/child-module.js';
import { temporaryDirectory } from '../support/policy-files.js';
import { testWith } from '../support/requirements.js';

test('the directories come in their order', () => {
  assert.equal(searchPath('/usr/sbin:/usr/bin:/bin'), ['/usr/sbin', '/usr/bin', '/bin']);
});

test('empty and relative entries are left out', () => {
  assert.equal(searchPath(':/usr/bin::.:bin:../bin:~/bin:'), ['/usr/bin']);
  assert.equal(searchPath(''), []);
});

test('without an argument it is the PATH that this process was given', () => {
  const modules = { path: '#src/exec/search-path.js' };
  const env = { PATH: '/bin:.' };
  assert.equal(inChild(modules, 'answer = path.searchPath();', { env }), ['/bin']);
  assert.equal(inChild(modules, 'answer = path.searchPath();', { env: { PATH: '' } }), []);
});

testWith(['root'], 'for root a directory that others can write to is left out', () => {
  const directory = temporaryDirectory();
  assert.equal(searchPath(`${directory}:/bin`), [directory, '/bin']);
  chmodSync(directory, 0o775);
  assert.equal(searchPath(`${directory}:/bin`), ['/bin']);
  chmodSync(directory, 0o755);
  chownSync(directory, 12345, 0);
  assert.equal(searchPath(`${directory}:/bin`), ['/bin']);
});

testWith(['root'], 'without root such a directory stays', () => {
  const modules = { path: '#src/exec/search-path.js' };
  const program = `answer = path.searchPath('/tmp:/bin:.');`;
  assert.equal(inChild(modules, program, { uid: 12345 }), ['/tmp', '/bin']);
});

test.run();
