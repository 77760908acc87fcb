import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { DataError, takeApart } from '#src/privileged/wire/data.js';
import { MOST_BYTES, MOST_DEPTH, MOST_TEXT } from '#src/privileged/wire/messages.js';

/** Refused, with a message that begins with the place. */
function refused(value: unknown, beginning: string): void {
  assert.throws(
    () => takeApart(value, 'args'),
    (error: unknown) => {
      assert.ok(error instanceof DataError, String(error));
      assert.ok(error.message.startsWith(beginning), error.message);
      return true;
    },
    beginning,
  );
}

/** What JSON would make of it: what the other side gets. */
const sent = (value: unknown) => JSON.parse(JSON.stringify(takeApart(value).value));

function nested(levels: number, innermost: unknown): unknown {
  let value = innermost;
  for (let level = 0; level < levels; level++) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}

test('plain data is copied', () => {
  const value = { a: [1, 'b', null, true, { c: -1.5 }], constructor: 'x', toString: 3, '': {} };
  const { value: copy, places, bytes } = takeApart(value);
  assert.equal(copy, value);
  assert.is.not(copy, value);
  assert.equal([places, bytes], [[], []]);
});

test('an object without a prototype is plain', () => {
  assert.equal(sent(Object.assign(Object.create(null), { a: 1 })), { a: 1 });
});

test('properties that are undefined are not sent, and undefined alone is undefined', () => {
  assert.equal(Object.keys(takeApart({ a: undefined, b: 1 }).value as object), ['b']);
  assert.is(takeApart(undefined).value, undefined);
});

test('lone surrogates arrive exactly, as values and as names', () => {
  const value = { '\ud800': ['\udfff', 'a\ud83d', '\u{1f600}'] };
  assert.ok(JSON.stringify(takeApart(value).value).isWellFormed());
  assert.equal(sent(value), value);
});

test('-0 becomes 0', () => {
  assert.ok(Object.is(sent({ a: -0 }).a, 0));
});

test('bytes are listed, and null stands in their place', () => {
  const parts = takeApart({ a: [Buffer.from('ab')], b: { c: new Uint8Array(0) } });
  assert.equal(parts.value, { a: [null], b: { c: null } });
  assert.equal(parts.places, [
    [['a', 0], 2],
    [['b', 'c'], 0],
  ]);
  assert.equal(takeApart(Uint8Array.of(7)), {
    value: null,
    places: [[[], 1]],
    bytes: [Uint8Array.of(7)],
  });
});

test('bytes are copied at once, also those that another thread can write to', () => {
  const shared = new Uint8Array(new SharedArrayBuffer(4), 1, 2);
  const own = Buffer.from('ab');
  const { bytes } = takeApart([shared, own]);
  shared.fill(9);
  own.fill(9);
  assert.equal(bytes.map(String), ['0,0', '97,98']);
});

test('an array of bytes is asked for nothing that may be a property of its own', () => {
  class Liar extends Uint8Array {
    override get length(): number {
      throw new Error('called');
    }
    override get [Symbol.toStringTag](): never {
      throw new Error('called');
    }
  }
  const liar = new Liar(2);
  for (const name of ['byteLength', 'byteOffset', 'buffer']) {
    Object.defineProperty(liar, name, { value: 2 ** 30 });
  }
  assert.equal(takeApart(liar).places, [[[], 2]]);
});

test('an array of bytes whose memory is gone is refused', () => {
  const bytes = new Uint8Array(4);
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  refused({ b: bytes }, 'args.b is a Uint8Array whose memory is gone');
});

test('what is no plain data is refused, by its place', () => {
  refused({ list: [0, 1, 2, { x: () => {} }] }, 'args.list[3].x is a function');
  refused({ a: Symbol('secret') }, 'args.a is a symbol');
  refused({ a: 10n }, 'args.a is a bigint');
  refused([undefined], 'args[0] is undefined');
  refused({ a: Number.NaN }, 'args.a is not a finite number');
  refused({ a: -1 / 0 }, 'args.a is not a finite number');
  refused(() => {}, 'args is a function');
  class Point {
    x = 1;
  }
  class List extends Array {}
  const objects = [new Date(), new Map(), new Set(), /a/, new Error('e'), new Point(), new List()];
  const wrapped = [
    Object(1),
    Object('a'),
    Object(true),
    new ArrayBuffer(1),
    new DataView(new ArrayBuffer(1)),
  ];
  for (const object of [
    ...objects,
    ...wrapped,
    new Uint16Array(1),
    Promise.resolve(),
    new WeakMap(),
  ]) {
    refused({ a: object }, 'args.a is an object of a class');
  }
  refused({ a: Object.create({ inherited: 1 }) }, 'args.a is an object of a class');
});

test('names that are no identifiers are quoted, shortened, and cannot move a cursor', () => {
  refused({ 'a b': { '\u001b[2J\u202e"': 1n } }, 'args["a b"]["\\u001b[2J\\u202e\\""] is a bigint');
  refused({ ['x'.repeat(1e5)]: 1n }, `args["${'x'.repeat(60)}..."] is a bigint`);
});

test('a message never holds a value', () => {
  const secret = 'hunter2';
  const holders = [
    () => secret,
    Symbol(secret),
    Object(secret),
    new Error(secret),
    new Map([[secret, 1]]),
  ];
  for (const value of [...holders, BigInt(`0x${Buffer.from(secret).toString('hex')}`)]) {
    try {
      takeApart({ password: value });
      assert.unreachable();
    } catch (error) {
      assert.ok(error instanceof DataError);
      assert.not.match(error.message, /hunter2|29401/);
    }
  }
});

test('a property called __proto__ is refused, at whatever depth', () => {
  refused(JSON.parse('{"a":[{"__proto__":{"admin":true}}]}'), 'args.a[0].__proto__ cannot be');
  refused(JSON.parse('{"__proto__":null}'), 'args.__proto__ cannot be');
});

test('no code of the value is called', () => {
  const called = (): never => {
    throw new Error('called');
  };
  refused(
    Object.defineProperty({}, 'a', { get: called, enumerable: true }),
    'args.a is an accessor',
  );
  refused(
    Object.defineProperty({}, 'a', { set: called, enumerable: true }),
    'args.a is an accessor',
  );
  refused(
    Object.defineProperty([1], 0, { get: called, enumerable: true }),
    'args[0] is an accessor',
  );
  refused({ a: { toJSON: called } }, 'args.a.toJSON is a function');
  refused(Object.defineProperty({}, 'toJSON', { value: called }), 'args.toJSON is a property');
  const traps = new Proxy({}, { get: () => called });
  refused({ a: new Proxy({}, traps) }, 'args.a is a Proxy');
  refused({ a: new Proxy([], traps) }, 'args.a is a Proxy');
  refused({ a: new Proxy(new Uint8Array(1), traps) }, 'args.a is a Proxy');
  assert.equal(sent({ toJSON: 'data' }), { toJSON: 'data' });
});

test('nothing is left out silently', () => {
  refused({ a: { [Symbol('s')]: 1 } }, 'args.a has a property whose name is a symbol');
  refused(Object.assign([1], { [Symbol('s')]: 1 }), 'args has a property whose name is a symbol');
  refused(
    Object.defineProperty({}, 'a', { value: 1 }),
    'args.a is a property that is not enumerable',
  );
  // biome-ignore lint/suspicious/noSparseArray: it is what is tested
  refused({ a: [1, , 3] }, 'args.a[1] is a hole');
  refused(new Array(1e6), 'args[0] is a hole');
  refused(new Array(2 ** 32 - 1), 'args makes more than');
  refused(Object.assign([1], { a: 1 }), 'args is an array with properties of its own');
  refused('ab'.match(/a/), 'args is an array with properties of its own');
});

test('objects and arrays are taken to MOST_DEPTH, and no deeper', () => {
  takeApart(nested(MOST_DEPTH, 1));
  takeApart(nested(MOST_DEPTH, new Uint8Array(1)));
  refused(nested(MOST_DEPTH + 1, 1), 'args...[0].a[0].a[0].a[0].a[0].a[0].a is an object or array');
  const cyclic: Record<string, unknown> = {};
  cyclic.self = { list: [cyclic] };
  refused(cyclic, 'args....list[0].self.list[0].self.list[0].self.list[0].self is an object');
  const wide: unknown[] = [];
  for (let i = 0; i < 1000; i++) wide.push(wide);
  refused(wide, 'args...[0][0][0][0][0][0][0][0][0][0][0][0] is an object or array');
});

test('the same object may be in several places, as long as all of it is not too much', () => {
  const twice = { a: 1 };
  assert.equal(sent([twice, twice]), [{ a: 1 }, { a: 1 }]);
  let bomb: unknown = 'x';
  for (let level = 0; level < 40; level++) bomb = [bomb, bomb];
  assert.throws(() => takeApart(bomb), /more than 1048576 bytes of JSON/);
});

test('more than MOST_TEXT is refused before it is copied', () => {
  refused({ a: 'x'.repeat(MOST_TEXT) }, 'args.a makes more than');
  refused(new Array(600_000).fill('x'), 'args[149525] makes more than');
  takeApart('x'.repeat(MOST_TEXT - 2));
});

test('what fits into MOST_TEXT as JSON is never refused for its size', () => {
  for (const one of [1, '', [], {}, null, true]) {
    const piece = JSON.stringify(one).length + 1;
    const list = new Array(Math.floor((MOST_TEXT - 1) / piece)).fill(one);
    assert.ok(JSON.stringify(list).length <= MOST_TEXT);
    takeApart(list);
  }
  const names = Array.from({ length: 100_000 }, (_, index) => [String(1e5 + index), 1]);
  assert.ok(JSON.stringify(Object.fromEntries(names)).length > MOST_TEXT * 0.9);
  takeApart(Object.fromEntries(names));
});

test('more than MOST_BYTES is refused, all Uint8Arrays together', () => {
  const half = new Uint8Array(MOST_BYTES / 2);
  takeApart([half, half]);
  refused([half, half, Uint8Array.of(1)], `args[2] makes more than ${MOST_BYTES} bytes`);
});

test('an object that changes while it is copied is sent as it was seen', () => {
  // there is no code of the value's that could run in between; the copy is nobody else's
  const value = { list: ['good'], bytes: Uint8Array.of(1) };
  const parts = takeApart(value);
  value.list[0] = 'bad';
  Object.assign(value, { toJSON: () => 'bad' });
  assert.is(JSON.stringify(parts.value), '{"list":["good"],"bytes":null}');
});

test.run();
