import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isFromHelper, isToHelper } from '#src/privileged/wire/guards.js';

const call = { type: 'call', id: 1, name: 'f', args: { a: null }, bytes: [[['a'], 3]] };
const thrown = { name: 'Error', message: 'm', code: 'ENOENT', stack: 's' };
const failure = { kind: 'function', thrown };
const refused = { kind: 'refused', code: 'ERR_PRIVILEGED_UNKNOWN', message: 'm' };
const ready = { type: 'ready', protocol: 1, context: 'net', functions: ['f'] };
const log = { type: 'log', level: 'info', message: 'm', function: 'f' };

const toHelper: readonly object[] = [
  call,
  { type: 'call', id: Number.MAX_SAFE_INTEGER, name: '', args: null },
  { type: 'cancel', id: 1 },
];

const fromHelper: readonly object[] = [
  ready,
  { ...ready, functions: [] },
  { type: 'fatal', message: 'm' },
  { type: 'result', id: 1 },
  { type: 'result', id: 1, value: [null], bytes: [[[0], 0]] },
  { type: 'error', id: 1, failure },
  {
    type: 'error',
    id: 1,
    failure: { kind: 'function', thrown: { name: 'E', message: '', code: 3 } },
  },
  { type: 'error', id: 1, failure: { kind: 'cancelled' } },
  { type: 'error', id: 1, failure: refused },
  log,
  { type: 'log', level: 'error', message: '' },
];

/** What may be missing. */
const OPTIONAL = new Set(['bytes', 'value', 'code', 'stack', 'function']);

test('the messages of each side are taken by the other, and by no other', () => {
  for (const message of toHelper) {
    assert.ok(isToHelper(message), JSON.stringify(message));
    assert.not(isFromHelper(message), JSON.stringify(message));
  }
  for (const message of fromHelper) {
    assert.ok(isFromHelper(message), JSON.stringify(message));
    assert.not(isToHelper(message), JSON.stringify(message));
  }
});

for (const [side, messages, guard] of [
  ['a helper', toHelper, isToHelper],
  ['a service', fromHelper, isFromHelper],
] as const) {
  test(`${side} takes no message that lacks something, or has more`, () => {
    for (const message of messages) {
      for (const name of Object.keys(message)) {
        const { [name]: _, ...rest } = message as Record<string, unknown>;
        const isOptional = OPTIONAL.has(name) && !(name === 'code');
        assert.is(guard(rest), isOptional, `${JSON.stringify(message)} without ${name}`);
      }
      for (const more of ['"x":1', '"__proto__":{}', '"constructor":1', '"toJSON":1']) {
        const text = JSON.stringify(message).replace(/}$/, `,${more}}`);
        assert.not(guard(JSON.parse(text)), text);
      }
    }
  });

  test(`${side} takes no message whose parts are of other types`, () => {
    for (const message of messages) {
      for (const name of Object.keys(message).filter((key) => key !== 'args' && key !== 'value')) {
        for (const wrong of [undefined, null, true, -1, 1.5, 2 ** 53, {}, [1], ['a', 1], [{}]]) {
          const changed = { ...message, [name]: wrong };
          assert.not(guard(changed), `${JSON.stringify(changed)}: ${name}`);
        }
      }
    }
  });
}

test('what is no object with a known type is no message', () => {
  const types = ['', 'Call', 'constructor', '__proto__', 'toString', 0, null, undefined, ['call']];
  const odd = [
    null,
    undefined,
    1,
    'call',
    true,
    [],
    [call],
    {},
    ...types.map((type) => ({ type, id: 1 })),
  ];
  for (const value of odd) {
    assert.not(isToHelper(value), JSON.stringify(value));
    assert.not(isFromHelper(value), JSON.stringify(value));
  }
});

test('what an object inherits is no part of a message', () => {
  assert.not(isToHelper(Object.create(call)));
  assert.not(
    isToHelper(Object.assign(Object.create({ args: 1 }), { type: 'call', id: 1, name: 'f' })),
  );
});

test('an id is a whole number above 0', () => {
  for (const id of [0, -1, 0.5, 2 ** 53, Number.NaN, '1', null, [1]]) {
    assert.not(isToHelper({ type: 'cancel', id }), String(id));
  }
});

test('levels, codes and kinds are those that there are', () => {
  assert.not(isFromHelper({ ...log, level: 'trace' }));
  assert.not(isFromHelper({ ...log, level: 'constructor' }));
  const error = (wrong: object) => isFromHelper({ type: 'error', id: 1, failure: wrong });
  assert.not(error({ ...refused, code: 'ERR_OTHER' }));
  assert.not(error({ ...refused, kind: 'cancelled' }));
  assert.not(error({ ...failure, kind: 'constructor' }));
  for (const code of [null, {}, Number.NaN, true]) {
    assert.not(error({ kind: 'function', thrown: { ...thrown, code } }), String(code));
  }
  for (const name of ['name', 'message', 'stack']) {
    assert.not(error({ kind: 'function', thrown: { ...thrown, [name]: 3 } }), name);
  }
  assert.not(error({ kind: 'function', thrown: { ...thrown, cause: thrown } }));
});

test.run();
