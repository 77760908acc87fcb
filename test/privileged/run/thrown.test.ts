import { runInNewContext } from 'node:vm';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { describeThrown, textOf } from '#src/privileged/run/thrown.js';

test('of an error its name, its message and its code cross, and the stack only for debugging', () => {
  const error = Object.assign(new TypeError('no such bridge'), { code: 'ENODEV', secret: 1 });
  const described = { name: 'TypeError', message: 'no such bridge', code: 'ENODEV' };
  assert.equal(describeThrown(error, false), described);
  assert.equal(describeThrown(error, true), { ...described, stack: error.stack });
});

test('a code that is a number crosses, and one that is neither number nor text does not', () => {
  assert.is(describeThrown(Object.assign(new Error(), { code: 19 }), false).code, 19);
  assert.not('code' in describeThrown(Object.assign(new Error(), { code: Number.NaN }), false));
  assert.not('code' in describeThrown(Object.assign(new Error(), { code: {} }), false));
});

test('an error of another realm is an error', () => {
  const error: unknown = runInNewContext('new RangeError("far")');
  assert.equal(describeThrown(error, false), { name: 'RangeError', message: 'far' });
});

test('what is thrown and is no error crosses as text', () => {
  const cases: [unknown, string][] = [
    ['just text', 'just text'],
    [undefined, 'undefined'],
    [null, 'null'],
    [42n, '42n'],
    [Symbol('s'), 'Symbol(s)'],
    [{ code: 'X' }, "{ code: 'X' }"],
    [Object.create(null), '[Object: null prototype] {}'],
  ];
  for (const [thrown, message] of cases) {
    assert.equal(describeThrown(thrown, true), { name: 'Error', message });
  }
});

test('nothing that is thrown makes describing it throw', () => {
  const throwing = () => {
    throw new Error('caught you');
  };
  const everyTrap = new Proxy({}, { get: () => throwing });
  const { proxy: revoked, revoke } = Proxy.revocable({}, {});
  revoke();
  const getters = new Error('x');
  for (const name of ['stack', 'code', 'message', 'name']) {
    Object.defineProperty(getters, name, { get: throwing });
  }
  const hostile = [
    new Proxy({}, everyTrap),
    new Proxy(new Error('inner'), everyTrap),
    new Proxy(() => {}, everyTrap),
    revoked,
    getters,
    { [Symbol.for('nodejs.util.inspect.custom')]: throwing },
    { toString: throwing, toJSON: throwing, [Symbol.toPrimitive]: throwing },
    Object.defineProperty({}, Symbol.toStringTag, { get: throwing }),
    Object.defineProperty({}, 'constructor', { get: throwing }),
    { [Symbol.iterator]: throwing },
  ];
  for (const thrown of hostile) {
    const { name, message } = describeThrown(thrown, true);
    assert.type(name, 'string');
    assert.type(message, 'string');
  }
});

test('nothing that is thrown is too large to cross', () => {
  const huge = 'x'.repeat(10_000_000);
  const error = Object.assign(new Error(huge), { name: huge, code: huge, stack: huge });
  const whole = JSON.stringify(describeThrown(error, true));
  assert.ok(whole.length < 64 * 1024, `${whole.length}`);
  assert.ok(textOf({ huge, more: Array(100_000).fill(huge) }).length < 64 * 1024);
  assert.ok(describeThrown(huge, false).message.endsWith('...'));
});

test.run();
