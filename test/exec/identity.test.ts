import { spawnSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { identityOf, UnknownUserError } from '#src/exec/identity.js';
import { inChild } from '../support/child-module.js';
import { testWith } from '../support/requirements.js';

const MODULES = { identity: '#src/exec/identity.js' };

function id(option: string, user: string): number[] {
  const { stdout } = spawnSync('id', [option, user], { encoding: 'utf8' });
  return stdout.trim().split(/\s+/).map(Number);
}

testWith(['root'], 'a user is its uid, its gid and all its own groups', () => {
  for (const user of ['root', 'nobody', 'daemon']) {
    const { credentials } = identityOf(user);
    assert.equal([credentials?.uid], id('-u', user));
    assert.equal([credentials?.gid], id('-g', user));
    const groups = new Set([...(credentials?.groups ?? []), credentials?.gid]);
    assert.equal([...groups].sort(), id('-G', user).sort());
  }
});

test('the home is that of the user database', () => {
  assert.is(identityOf('root').home, '/root');
});

test('an unknown user is an error that names it', () => {
  for (const user of ['no-such-user', '', '0', '-1', 'root ', 'ROOT']) {
    try {
      identityOf(user);
      assert.unreachable(user);
    } catch (error) {
      assert.instance(error, UnknownUserError);
      assert.is((error as UnknownUserError).message, `unknown user: ${user}`);
    }
  }
});

testWith(['root'], 'a process that is not root keeps its own for root and for itself', () => {
  const program = `answer = ['root', 'nobody'].map((user) => identity.identityOf(user));`;
  const uid = id('-u', 'nobody')[0] ?? 65534;
  const [root, own] = inChild(MODULES, program, { uid }) as {
    home: string;
    credentials?: object;
  }[];
  assert.equal(root, { home: '/root' });
  assert.is(own?.credentials, undefined);
});

testWith(['root'], 'a process that is not root is not spared another user', () => {
  const program = `answer = identity.identityOf('daemon').credentials.uid;`;
  const uid = id('-u', 'nobody')[0] ?? 65534;
  assert.is(inChild(MODULES, program, { uid }), id('-u', 'daemon')[0]);
});

test.run();
