import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { posix } from '#src/posix/addon.js';
import { declare } from '#src/privileged/contexts/declaration.js';
import { resolveHoldings } from '#src/privileged/start/holdings.js';
import { temporaryUser } from '../../support/accounts.js';
import { testWith } from '../../support/requirements.js';

/** No user's and no group's on any usual system. */
const NOBODYS = 3_999_999_999;

const resolved = (options: object) =>
  resolveHoldings(declare('net', options), (key) => `the section about ${key}`);

testWith(['root'], 'a user by name has its uid, its primary group, and no other group', () => {
  const { name, uid, gid } = temporaryUser();
  const { holds, account } = resolved({ user: name });
  assert.equal(holds, { uid, gid, groups: [], capabilities: [], umask: 0o077 });
  assert.equal(account, { name, home: '/nonexistent' });
  assert.equal(resolved({ user: uid }), { holds, account });
});

testWith(['root'], 'groups are looked up by name, and each counts once', () => {
  const { name, groups } = temporaryUser();
  const names = groups.map((gid) => posix.groupName(gid) ?? '');
  const { holds } = resolved({ user: name, group: names[0], groups: [...names, ...groups, 7, 3] });
  assert.is(holds.gid, groups[0]);
  assert.equal(
    holds.groups,
    [...new Set([3, 7, ...groups])].sort((a, b) => a - b),
  );
});

test('a number without an entry needs its group said', () => {
  const { holds, account } = resolved({ user: NOBODYS, group: 4 });
  assert.equal([holds.uid, holds.gid], [NOBODYS, 4]);
  assert.equal(account, { name: String(NOBODYS), home: '/' });
  assert.throws(
    () => resolved({ user: NOBODYS }),
    `context net: uid ${NOBODYS} has no entry in the user database, so its group is not known; write \`group\` in the section about user`,
  );
});

test('who is not there is an error that says where it stands', () => {
  assert.throws(
    () => resolved({ user: 'no-such-user' }),
    'context net: there is no user no-such-user; make it, or correct `user` in the section about user',
  );
  assert.throws(
    () => resolved({ user: 'root', group: 'no-such-group' }),
    'context net: there is no group no-such-group; make it, or correct `group` in the section about group',
  );
  assert.throws(
    () => resolved({ user: 'root', groups: [0, 'no-such-group'] }),
    /no group no-such-group; make it, or correct `groups` in the section about groups/,
  );
});

test('capabilities are numbers, in order', () => {
  const capabilities = ['CAP_NET_RAW', 'CAP_CHOWN', 'CAP_NET_RAW'];
  assert.equal(resolved({ user: 'root', capabilities }).holds.capabilities, [0, 13]);
});

test.run();
