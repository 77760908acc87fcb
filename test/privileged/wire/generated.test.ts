import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { DataError, putTogether, takeApart } from '#src/privileged/wire/data.js';
import type { ToHelper } from '#src/privileged/wire/messages.js';
import { generated } from '../../support/generated.js';
import { until } from '../../support/patience.js';
import { helperEnd, serviceEnd, socketPair } from './channel-pair.js';
import { name, plainData } from './plain-data.js';

/** Said at length: uvu's own comparison takes a Buffer for a Uint8Array. */
function same(actual: unknown, expected: unknown): void {
  assert.ok(isDeepStrictEqual(actual, expected));
}

test('plain data comes out as it went in', () => {
  fc.assert(
    fc.property(plainData, (value) => {
      const { value: rest, places, bytes } = takeApart(value);
      const sent = JSON.stringify([rest, places]);
      assert.ok(sent.isWellFormed());
      const [received, there] = JSON.parse(sent);
      same(putTogether(received, there, Buffer.concat(bytes)), value);
    }),
    generated(2000),
  );
});

test('calls cross a channel as they are, in pieces of any size', async () => {
  const calls = fc.array(plainData, { minLength: 1, maxLength: 8 });
  const sizes = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(calls, sizes, async (values, pieces) => {
      const [one, other] = await socketPair();
      const [near, far] = await socketPair();
      const [service] = serviceEnd(one, one);
      const [, received] = helperEnd(near, near);
      const chunks: Buffer[] = [];
      other.on('data', (chunk) => chunks.push(chunk));
      values.forEach((value, index) => {
        const { value: args, places, bytes } = takeApart(value);
        const call: ToHelper = { type: 'call', id: index + 1, name: 'f', args, bytes: places };
        service.send(call, bytes);
      });
      service.end();
      await until('all of it', () => other.readableEnded);
      const all = Buffer.concat(chunks);
      for (let at = 0, piece = 0; at < all.length; piece++) {
        const size = pieces[piece % pieces.length] ?? 1;
        // together with the next when the system has not sent it yet: the reader sees both
        await new Promise((done) => far.write(all.subarray(at, at + size), done));
        at += size;
      }
      far.end();
      await until('the end', () => received.ends.length > 0);
      same(received.ends, [undefined]);
      same(
        received.received.map(({ message, bytes }) =>
          message.type === 'call' ? putTogether(message.args, message.bytes, bytes) : message,
        ),
        values,
      );
      other.destroy();
      far.destroy();
    }),
    generated(40),
  );
});

/** Steps that lead somewhere, or look as if. */
const step = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom<string | number>('a', 'b', 0, 1) },
  fc.constantFrom<string | number>(
    '__proto__',
    'constructor',
    'prototype',
    'length',
    '0',
    -1,
    2 ** 31,
  ),
  name,
);
const likely = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    { weight: 3, arbitrary: fc.constant(null) },
    fc.constantFrom(true, 'ab', 3),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'length'), tie('value'), { noNullPrototype: true }),
  ),
})).value;

/** What is at a place; undefined when nothing of its own is. */
function at(value: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((holder, key) => {
    const isOwn = typeof holder === 'object' && holder !== null && Object.hasOwn(holder, key);
    if (!isOwn || Array.isArray(holder) !== (typeof key === 'number')) return undefined;
    return (holder as Record<string | number, unknown>)[key];
  }, value);
}

/** The places of all nulls: where bytes may be. */
function nulls(value: unknown): (string | number)[][] {
  if (value === null) return [[]];
  if (Array.isArray(value)) {
    return value.flatMap((inner, index) => nulls(inner).map((path) => [index, ...path]));
  }
  if (typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    nulls(inner).map((path) => [key, ...path]),
  );
}

const placed = likely.chain((value) => {
  const any = fc.array(step, { maxLength: 4 });
  const [first, ...others] = nulls(value);
  const right = first === undefined ? any : fc.constantFrom(first, ...others);
  const path = fc.oneof({ weight: 6, arbitrary: right }, any);
  return fc.tuple(
    fc.constant(value),
    fc.array(fc.tuple(path, fc.nat(3)), { maxLength: 3 }),
    fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, fc.constant(false)),
  );
});

test('places from anybody are refused, or bytes are exactly where they say', () => {
  const whole = JSON.stringify(Object.getOwnPropertyNames(Object.prototype));
  let taken = 0;
  fc.assert(
    fc.property(placed, ([value, places, right]) => {
      const total = places.reduce((sum, [, length]) => sum + length, 0);
      const bytes = Uint8Array.from({ length: right ? total : 3 }, (_, index) => index + 1);
      const before = structuredClone(value);
      let result: unknown;
      try {
        result = putTogether(value, places, bytes);
      } catch (error) {
        assert.ok(error instanceof DataError, String(error));
        const paths = places.map(([path]) => JSON.stringify(path));
        const isRight =
          total === bytes.length &&
          new Set(paths).size === paths.length &&
          places.every(([path]) => at(before, path) === null);
        assert.not(isRight, 'refused without a reason');
        return;
      }
      taken += places.length;
      let from = 0;
      for (const [path, length] of places) {
        same(at(result, path), bytes.slice(from, from + length));
        from += length;
      }
      assert.is(from, bytes.length);
    }),
    generated(5000),
  );
  assert.ok(taken > 100, 'hardly any places fit');
  assert.is(JSON.stringify(Object.getOwnPropertyNames(Object.prototype)), whole);
  assert.is(Object.keys(Object.prototype).length + Object.keys(Array.prototype).length, 0);
});

test('any JSON as a value, and any as its places, is taken or refused', () => {
  fc.assert(
    fc.property(fc.json(), fc.json(), fc.uint8Array({ maxLength: 5 }), (value, places, bytes) => {
      try {
        putTogether(JSON.parse(value), JSON.parse(places), bytes);
      } catch (error) {
        assert.ok(error instanceof DataError, String(error));
      }
    }),
    generated(2000),
  );
});

test.run();
