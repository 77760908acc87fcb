import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readDescription } from '#src/privileged/start/read-description.js';

const NET = {
  name: 'net',
  user: 'svc-net',
  groups: [],
  capabilities: ['CAP_NET_ADMIN'],
  umask: 0o077,
  gracePeriod: 5000,
};
const FUNCTION = {
  module: 'bridge.js',
  name: 'addPrivileged',
  context: 'net',
  args: { bridge: { type: 'string' } },
  returns: null,
  timeout: null,
};

const description = (changed: object = {}) =>
  JSON.stringify({ contexts: [NET], functions: [FUNCTION], others: [], ...changed });

test('a description comes out as it went in', () => {
  assert.equal(readDescription(description()), {
    contexts: [{ ...NET, group: undefined, maxResult: undefined }],
    functions: [FUNCTION],
    others: [],
  });
});

test('a forged context gives no more than a declared one could', () => {
  for (const [forged, said] of [
    [{ capabilities: ['CAP_ALL'] }, /no capability "CAP_ALL"/],
    [{ capabilities: 'CAP_NET_ADMIN' }, /`capabilities` is not an array/],
    [{ capabilities: [12] }, /no capability 12/],
    [{ name: '../net' }, /cannot be called/],
    [{ name: 'constructor()' }, /cannot be called/],
    [{ user: -1 }, /`user`/],
    [{ user: 4_294_967_295 }, /`user`/],
    [{ user: { toString: 'root' } }, /`user`/],
    [{ group: null }, /`group`/],
    [{ groups: ['a b'] }, /`groups`/],
    [{ umask: -1 }, /`umask`/],
    [{ umask: 0o1000 }, /`umask`/],
    [{ gracePeriod: 1e12 }, /`gracePeriod`/],
    [
      { maxResult: 128 * 1024 * 1024 + 1 },
      /`maxResult` is not a number of bytes from 1024 to 134217728/,
    ],
    [{ maxResult: 1023 }, /`maxResult`/],
    [{ maxResult: '4096' }, /`maxResult`/],
    [{ uid: 0 }, /no option "uid"/],
  ] as const) {
    assert.throws(() => readDescription(description({ contexts: [{ ...NET, ...forged }] })), said);
  }
});

test('a forged __proto__ is an option like another that there is not', () => {
  const text = description().replace('"user"', '"__proto__":{"user":"root"},"user"');
  assert.throws(() => readDescription(text), /no option "__proto__"/);
});

test('a context that comes twice is refused: which of the two would hold?', () => {
  const twice = description({ contexts: [NET, { ...NET, user: 'root' }] });
  assert.throws(() => readDescription(twice), /a context comes twice/);
});

test('what is no description is refused, and says what may have happened', () => {
  const changed = (more: object) => description({ functions: [{ ...FUNCTION, ...more }] });
  for (const text of [
    '',
    'hello\n{}',
    `hello\n${description()}`,
    'null',
    '[]',
    '{}',
    description({ contexts: {} }),
    description({ contexts: [null] }),
    description({ functions: undefined }),
    description({ others: [{ module: 'a' }] }),
    changed({ name: 1 }),
    changed({ module: null }),
    changed({ context: [] }),
    changed({ args: [] }),
    changed({ args: undefined }),
    changed({ returns: 'string' }),
    changed({ timeout: '1' }),
  ]) {
    assert.throws(() => readDescription(text), /must not write to standard output/, text);
  }
});

test.run();
