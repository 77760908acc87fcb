import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { checkPlain, DataError, putTogether } from '#src/privileged/wire/data.js';
import { MOST_DEPTH } from '#src/privileged/wire/messages.js';

/** @param json what the other side sent */
function refused(json: string, places: unknown, bytes: Uint8Array, message: RegExp): void {
  assert.throws(
    () => putTogether(JSON.parse(json), places, bytes, 'args'),
    (error: unknown) => error instanceof DataError && message.test(error.message),
    `${json} ${JSON.stringify(places)}`,
  );
}

const NONE = new Uint8Array(0);
const ABC = Buffer.from('abc');
const NO_NULL = /where no null is/;
const NO_LIST = /not a list of paths and lengths/;

test('bytes are put where they belong', () => {
  const places = [
    [['a', 1], 2],
    [['b', 'c'], 0],
    [['b', 'constructor'], 1],
  ];
  const value = JSON.parse('{"a":[null,null],"b":{"c":null,"constructor":null}}');
  const { a, b } = putTogether(value, places, ABC) as typeof value;
  assert.equal(a, [null, Uint8Array.of(97, 98)]);
  assert.equal(
    [Object.keys(b), b.c, b.constructor],
    [['c', 'constructor'], new Uint8Array(0), Uint8Array.of(99)],
  );
  assert.equal(putTogether(null, [[[], 3]], ABC), Uint8Array.from(ABC));
});

test('without bytes a value is what it was', () => {
  assert.equal(putTogether({ a: [1] }, undefined, NONE), { a: [1] });
  assert.is(putTogether(undefined, undefined, NONE), undefined);
  assert.is(putTogether(undefined, [], NONE), undefined);
});

test('bytes are a Uint8Array, not a Buffer, with nothing else in its memory', () => {
  const all = Buffer.from('{"secret":1}\nabc');
  const [bytes] = putTogether([null], [[[0], 3]], all.subarray(-3)) as [Uint8Array];
  assert.is(Object.getPrototypeOf(bytes), Uint8Array.prototype);
  assert.is(bytes.buffer.byteLength, 3);
  all.fill(0);
  assert.equal([...bytes], [...ABC]);
});

test('a place that is not the value’s own is refused', () => {
  for (const path of [
    ['__proto__'],
    ['__proto__', 'polluted'],
    ['__proto__', '__proto__'],
    ['constructor'],
    ['constructor', 'prototype'],
    ['toString'],
    ['a', '__proto__', '__proto__', 'polluted'],
    ['a', 'constructor', 'prototype', 'polluted'],
    ['list', 'length'],
    ['list', '__proto__', 'polluted'],
    ['list', 'constructor'],
    ['list', 'push'],
    ['list', '0'],
    ['list', 1],
    ['list', 2 ** 32],
    ['missing'],
    ['text', 0],
    ['text', 'length'],
    ['text', '__proto__', 'polluted'],
    ['nothing', 'x'],
    ['number', 'x'],
    ['a'],
    ['list'],
    ['number'],
    [],
    ['a', 0],
    [0],
  ]) {
    refused(
      '{"a":{},"list":[null],"text":"a","nothing":null,"number":1}',
      [[path, 3]],
      ABC,
      NO_NULL,
    );
  }
  refused('"text"', [[[], 3]], ABC, NO_NULL);
  assert.throws(() => putTogether(undefined, [[[], 3]], ABC), NO_NULL);
  assert.is((Object.prototype as Record<string, unknown>).polluted, undefined);
});

test('a place is used once, and nothing is put into bytes', () => {
  const twice = [
    [['a'], 1],
    [['a'], 2],
  ];
  refused('{"a":null}', twice, ABC, NO_NULL);
  const within = (step: unknown) => [
    [['a'], 2],
    [['a', step], 1],
  ];
  for (const step of [0, '0', 'x', 'buffer', 'length'])
    refused('{"a":null}', within(step), ABC, NO_NULL);
});

test('places are of exactly the bytes there are', () => {
  refused('{"a":null}', [[['a'], 2]], ABC, /places for 2 bytes, and 3 bytes/);
  refused('{"a":null}', [[['a'], 4]], ABC, /places for 4 bytes, and 3 bytes/);
  refused('{"a":null}', undefined, ABC, /places for 0 bytes, and 3 bytes/);
  refused(
    '{"a":null}',
    [[['a'], Number.MAX_SAFE_INTEGER]],
    ABC,
    /places for 9007199254740991 bytes/,
  );
  const most = Number.MAX_SAFE_INTEGER;
  refused(
    '[null,null]',
    [
      [[0], most],
      [[1], most],
    ],
    ABC,
    /places for/,
  );
});

test('what is no list of places is refused', () => {
  const path = ['a'];
  for (const length of [-1, 1.5, Number.NaN, 1 / 0, 2 ** 60, '3', null, {}, [3], -0.5]) {
    refused('{"a":null}', [[path, length]], ABC, NO_LIST);
  }
  for (const places of [
    'text',
    3,
    {},
    [null],
    [{}],
    [[path]],
    [[path, 3, 3]],
    [['a', 3]],
    [[[['a']], 3]],
    [[[null], 3]],
    [[[-1], 3]],
    [[[0.5], 3]],
    [[[{ toString: 'a' }], 3]],
    { length: 1, 0: [path, 3] },
  ]) {
    refused('{"a":null}', places, ABC, NO_LIST);
  }
});

test('a property called __proto__ is refused however it is spelled', () => {
  refused(
    '{"a":[{"__proto__":null}]}',
    undefined,
    NONE,
    /^args\.a\[0\] has a property called `__proto__`/,
  );
  refused('{"\\u005f_proto__":{"x":1}}', undefined, NONE, /^args has a property called/);
});

test('a raw -0 becomes 0 wherever it is', () => {
  const value = putTogether(JSON.parse('{"a":-0,"b":[-0,{"c":-0.0}]}'), undefined, NONE);
  const { a, b } = value as { a: number; b: [number, { c: number }] };
  for (const zero of [a, b[0], b[1].c, putTogether(JSON.parse('-0'), undefined, NONE)]) {
    assert.ok(Object.is(zero, 0));
  }
});

test('a number that JSON.parse reads as Infinity is refused wherever it is', () => {
  refused('{"a":1e999}', undefined, NONE, /^args\.a is a number that is too large$/);
  refused('{"a":[0,{"b":-1e999}]}', undefined, NONE, /^args\.a\[1\]\.b is a number/);
  refused('1e999', undefined, NONE, /^args is a number/);
});

test('a value is taken to MOST_DEPTH and no deeper, without going there', () => {
  const nested = (depth: number) => `${'['.repeat(depth)}1${']'.repeat(depth)}`;
  checkPlain(JSON.parse(nested(MOST_DEPTH)));
  refused(
    nested(MOST_DEPTH + 1),
    undefined,
    NONE,
    /^args\.\.\.(\[0\]){12} is an object or array within/,
  );
  refused(nested(500_000), undefined, NONE, /is an object or array within/);
  const objects = `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`;
  refused(`{"b":${objects}}`, undefined, NONE, /is an object or array within/);
});

test('a long path is no deep recursion', () => {
  refused('{"a":null}', [[new Array(200_000).fill('a'), 3]], ABC, NO_NULL);
});

test.run();
