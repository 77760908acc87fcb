import fc from 'fast-check';
import type { Schema } from '#src/privileged/schema/types.js';

/** A schema, what it lets pass, and what it does not. */
export interface Example {
  readonly schema: Schema;
  readonly good: unknown;
  readonly bad: unknown;
}

/** In every text that is wrong, so that one can look for it. */
export const SECRET = 'hunter2';

/** Values by what they are; those of another kind are never what a schema of one wants. */
const OTHERS: Readonly<Record<string, readonly unknown[]>> = {
  string: [0, true, null, ['a'], { a: 'a' }, Uint8Array.of(1)],
  number: ['1', true, null, [1], { a: 1 }, Uint8Array.of(1)],
  integer: [0.5, '1', false, null, [1], {}, Uint8Array.of(1)],
  boolean: [0, 1, 'true', null, [true], {}, Uint8Array.of(1)],
  null: [0, '', false, [], {}, 'null', new Uint8Array(0)],
  bytes: [0, 'a', null, [1], { 0: 1 }, true],
  array: [0, 'a', null, { 0: 'a', length: 1 }, true, Uint8Array.of(1), new Uint8Array(0)],
  object: [0, 'a', null, [], ['a'], true, Uint8Array.of(1), new Uint8Array(0)],
};

const other = (kind: string) => fc.constantFrom(...(OTHERS[kind] as readonly unknown[]));

/** @param bad beside what is of another kind */
function example(
  schema: Schema & { readonly type: string },
  good: fc.Arbitrary<unknown>,
  ...bad: readonly fc.Arbitrary<unknown>[]
): fc.Arbitrary<Example> {
  return fc.record({
    schema: fc.constant<Schema>(schema),
    good,
    bad: fc.oneof(other(schema.type), ...bad),
  });
}

const constant = fc.constant<unknown>;
const count = fc.nat(5);
const wrongText = constant(`${SECRET} \n`);

const strings = fc.oneof(
  example({ type: 'string' }, fc.string()),
  example(
    { type: 'string', pattern: '^[a-z]+$' },
    fc.stringMatching(/^[a-z]+$/),
    wrongText,
    constant(''),
  ),
  count.chain((most) =>
    example(
      { type: 'string', maxLength: most },
      constant('\u{1f600}'.repeat(most)),
      constant('x'.repeat(most + 1)),
      wrongText,
    ),
  ),
  count.chain((least) =>
    example(
      { type: 'string', minLength: least + 1 },
      constant('\u{1f600}'.repeat(least + 1)),
      constant('\u{1f600}'.repeat(least)),
    ),
  ),
  example(
    { type: 'string', enum: ['a', 'b'] },
    fc.constantFrom('a', 'b'),
    wrongText,
    constant('A'),
  ),
);

const numbers = fc.oneof(
  example({ type: 'number' }, fc.double({ noNaN: true, noDefaultInfinity: true })),
  example({ type: 'integer' }, fc.integer()),
  fc
    .integer({ min: -9, max: 9 })
    .chain((bound) =>
      fc.oneof(
        example({ type: 'number', minimum: bound }, constant(bound), constant(bound - 0.1)),
        example({ type: 'integer', maximum: bound }, constant(bound), constant(bound + 1)),
        example(
          { type: 'number', exclusiveMinimum: bound },
          constant(bound + 0.1),
          constant(bound),
        ),
        example({ type: 'integer', exclusiveMaximum: bound }, constant(bound - 1), constant(bound)),
      ),
    ),
  example({ type: 'integer', multipleOf: 3 }, fc.constantFrom(0, -3, 9), fc.constantFrom(1, -2)),
  example({ type: 'integer', enum: [1, 2] }, fc.constantFrom(1, 2), constant(3)),
);

const scalars = fc.oneof(
  example({ type: 'boolean' }, fc.boolean()),
  example({ type: 'null' }, constant(null)),
  example({ type: 'bytes' }, fc.uint8Array()),
  count.chain((length) =>
    example(
      { type: 'bytes', minLength: length + 1, maxLength: length + 1 },
      constant(new Uint8Array(length + 1)),
      constant(new Uint8Array(length)),
      constant(new Uint8Array(length + 2)),
    ),
  ),
);

function lists(item: fc.Arbitrary<Example>): fc.Arbitrary<Example> {
  return fc.tuple(item, fc.nat(3), fc.nat(3)).chain(([{ schema, good, bad }, before, behind]) => {
    const whole = [...new Array(before).fill(good), good, ...new Array(behind).fill(good)];
    const wrong = whole.with(before, bad);
    const items = { type: 'array', items: schema } as const;
    return fc.oneof(
      example(items, fc.constantFrom<unknown>([], whole), constant(wrong)),
      example({ ...items, maxItems: whole.length }, constant(whole), constant([...whole, good])),
      example({ ...items, minItems: whole.length }, constant(whole), constant(whole.slice(1))),
      example({ ...items, uniqueItems: true }, constant([good]), constant([good, good])),
    );
  });
}

function objects(inner: fc.Arbitrary<Example>): fc.Arbitrary<Example> {
  const names = fc.uniqueArray(fc.stringMatching(/^[a-z~/ "]{1,4}$/), {
    minLength: 1,
    maxLength: 4,
  });
  return names.chain((all) =>
    fc
      .tuple(fc.tuple(...all.map(() => inner)), fc.subarray(all), inner)
      .chain(([examples, required, extra]) => {
        const of = (part: keyof Example) =>
          Object.fromEntries(all.map((name, index) => [name, examples[index]?.[part]]));
        const good = of('good');
        const some = Object.fromEntries(required.map((name) => [name, good[name]]));
        const properties = of('schema') as Record<string, Schema>;
        const closed = { type: 'object', properties, required } as const;
        const open = { ...closed, additionalProperties: extra.schema };
        const wrong = all.map((name) => ({ ...good, [name]: of('bad')[name] }));
        const missing = required.map((name) => ({ ...good, [name]: undefined }));
        const anyWrong = fc.constantFrom<unknown>(...[...wrong, ...missing].map(withoutUndefined));
        const added = (value: unknown) => constant({ ...good, Added: value });
        const goods = fc.constantFrom<unknown>(good, some);
        return fc.oneof(
          example(closed, goods, anyWrong, added(extra.good)),
          example(open, fc.oneof(goods, added(extra.good)), anyWrong, added(extra.bad)),
          example({ ...open, maxProperties: all.length }, goods, added(extra.good)),
          example(
            { ...open, propertyNames: { type: 'string', pattern: '^[a-z~/ "]+$' } },
            goods,
            added(extra.good),
          ),
        );
      }),
  );
}

function withoutUndefined(object: object): object {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}

/** One of two that have nothing in common. */
function alternatives(inner: fc.Arbitrary<Example>): fc.Arbitrary<Example> {
  return inner.map(({ schema, good, bad }) => ({
    schema: { anyOf: [{ const: 'neither' }, schema] } as const,
    good,
    bad,
  }));
}

const plain = fc.oneof(
  fc.record({
    schema: constant({ enum: ['a', 1, null, false] }) as fc.Arbitrary<Schema>,
    good: fc.constantFrom<unknown>('a', 1, null, false),
    bad: fc.constantFrom<unknown>(SECRET, 0, true, ['a'], {}, Uint8Array.of(1), 'false'),
  }),
  fc.record({
    schema: constant({ const: 'x', description: 'an x' }) as fc.Arbitrary<Schema>,
    good: constant('x'),
    bad: fc.constantFrom<unknown>(SECRET, 0, null, ['x'], { x: 'x' }),
  }),
);

/** Schemas of every kind within each other. */
export const examples: fc.Arbitrary<Example> = fc.letrec<{ any: Example }>((tie) => ({
  any: fc.oneof(
    { depthSize: 'small' },
    strings,
    numbers,
    scalars,
    plain,
    lists(tie('any')),
    objects(tie('any')),
    alternatives(tie('any')),
  ),
})).any;
