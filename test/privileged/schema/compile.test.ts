import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { compileArguments, compileResult } from '#src/privileged/schema/compile.js';
import type { ArgumentSchemas, Schema } from '#src/privileged/schema/types.js';
import { PrivilegedError } from '#src/privileged/wire/errors.js';

/** What is said about arguments; nothing when they pass. */
function problem(schemas: ArgumentSchemas, args: unknown): string {
  return thrownBy(() => compileArguments(schemas)(args), 'ERR_PRIVILEGED_ARGUMENTS');
}

function thrownBy(action: () => void, code: string): string {
  try {
    action();
    return '';
  } catch (error) {
    assert.ok(error instanceof PrivilegedError, String(error));
    assert.is(error.code, code);
    return error.message;
  }
}

/** The same for one argument called `a`. */
const one = (schema: Schema, value: unknown) => problem({ a: schema }, { a: value });

const JSON_VALUES = ['text', '', 0, 1.5, -1, true, false, null, [], ['a'], {}, { a: 1 }];

test('a type lets its own values pass, and no others: nothing is converted', () => {
  const isOf: Readonly<Record<string, (value: unknown) => boolean>> = {
    string: (value) => typeof value === 'string',
    number: (value) => typeof value === 'number',
    integer: Number.isInteger,
    boolean: (value) => typeof value === 'boolean',
    null: (value) => value === null,
    bytes: (value) => value instanceof Uint8Array,
    array: Array.isArray,
    object: (value) => value !== null && Object.getPrototypeOf(value) === Object.prototype,
  };
  const more = {
    array: { items: { type: 'string' } },
    object: { additionalProperties: { type: 'integer' } },
  };
  const values = [
    ...JSON_VALUES,
    new Uint8Array(0),
    Uint8Array.of(1, 2),
    Buffer.from('a'),
    '1',
    'true',
  ];
  for (const [type, isRight] of Object.entries(isOf)) {
    const schema = { type, ...more[type as keyof typeof more] } as Schema;
    for (const value of values) {
      const said = one(schema, value);
      assert.is(said === '', isRight(value), `${type}: ${JSON.stringify(value)}: ${said}`);
    }
  }
});

test('bytes are no object, and no array, though they have what these have', () => {
  const open: Schema = { type: 'object', additionalProperties: { type: 'integer' } };
  assert.match(one(open, Uint8Array.of(1)), 'args.a must be object, not bytes');
  assert.match(one({ type: 'object' }, new Uint8Array(0)), 'args.a must be object, not bytes');
  assert.match(
    one({ type: 'array', items: { type: 'integer' } }, Uint8Array.of(1)),
    'must be array',
  );
  assert.match(problem({}, new Uint8Array(0)), 'must be object');
  assert.match(one({ type: 'bytes' }, [1]), 'must be a Uint8Array');
  assert.match(one({ type: 'bytes' }, { 0: 1, length: 1 }), 'must be a Uint8Array');
});

test('strings', () => {
  const schema: Schema = { type: 'string', pattern: '^[a-z]+$', minLength: 2, maxLength: 3 };
  assert.is(one(schema, 'ab'), '');
  assert.is(one(schema, 'ab\n'), 'args.a must match pattern "^[a-z]+$"');
  assert.is(one(schema, 'AB'), 'args.a must match pattern "^[a-z]+$"');
  assert.is(one(schema, 'a'), 'args.a must NOT have fewer than 2 characters');
  assert.is(one(schema, 'abcd'), 'args.a must NOT have more than 3 characters');
  assert.is(one({ type: 'string', pattern: '^.$' }, '\u{1f600}'), '', 'flag u');
  assert.is(one({ type: 'string', maxLength: 1 }, '\u{1f600}'), '');
  assert.is(
    one({ type: 'string', enum: ['up', 'down'] }, 'on'),
    'args.a must be one of "up", "down"',
  );
});

test('numbers', () => {
  const schema: Schema = { type: 'integer', minimum: 2, exclusiveMaximum: 9, multipleOf: 2 };
  assert.is(one(schema, 8), '');
  assert.is(one(schema, 0), 'args.a must be >= 2');
  assert.is(one(schema, 10), 'args.a must be < 9');
  assert.is(one(schema, 3), 'args.a must be multiple of 2');
  assert.is(one({ type: 'number', maximum: 3, exclusiveMinimum: 0 }, 0), 'args.a must be > 0');
  assert.is(one({ type: 'integer', enum: [1, 2] }, 3), 'args.a must be one of 1, 2');
});

test('bytes have lengths', () => {
  const schema: Schema = { type: 'bytes', minLength: 1, maxLength: 2 };
  const said = 'args.a must be a Uint8Array of at least 1 and at most 2 bytes';
  for (const [length, problem] of [
    [0, said],
    [1, ''],
    [2, ''],
    [3, said],
  ] as const) {
    assert.is(one(schema, new Uint8Array(length)), problem);
  }
  assert.is(
    one({ type: 'bytes', maxLength: 0 }, Uint8Array.of(1)),
    'args.a must be a Uint8Array of at most 0 bytes',
  );
});

test('arrays and objects within each other are told by their place', () => {
  const schemas: ArgumentSchemas = {
    list: {
      type: 'array',
      items: { type: 'object', properties: { x: { type: 'integer' } }, required: ['x'] },
      maxItems: 3,
      minItems: 1,
      uniqueItems: true,
    },
  };
  assert.is(problem(schemas, { list: [{ x: 1 }, { x: 2 }] }), '');
  assert.is(problem(schemas, { list: [{ x: 1 }, { x: '2' }] }), 'args.list[1].x must be integer');
  assert.is(problem(schemas, { list: [{}] }), 'args.list[0] must have "x"');
  assert.is(problem(schemas, { list: [{ x: 1, y: 1 }] }), 'args.list[0] must not have "y"');
  assert.match(problem(schemas, { list: [{ x: 1 }, { x: 1 }] }), 'must NOT have duplicate items');
  assert.match(problem(schemas, { list: [] }), 'must NOT have fewer than 1 items');
});

test('objects are closed unless they say what else may be there', () => {
  const properties = { x: { type: 'integer' } } as const;
  assert.is(one({ type: 'object' }, { any: 1 }), 'args.a must not have "any"');
  const open: Schema = {
    type: 'object',
    properties,
    additionalProperties: { type: 'boolean' },
    propertyNames: { type: 'string', pattern: '^[a-z]$' },
    maxProperties: 2,
  };
  assert.is(one(open, { x: 1, y: true }), '');
  assert.is(one(open, { x: true }), 'args.a.x must be integer');
  assert.is(one(open, { y: 1 }), 'args.a.y must be boolean');
  assert.is(
    one(open, { long: true }),
    'args.a must not have such a name: it must match pattern "^[a-z]$"',
  );
  assert.match(one(open, { x: 1, y: true, z: true }), 'must NOT have more than 2 properties');
});

test('alternatives', () => {
  const schema: Schema = {
    anyOf: [{ const: 'auto' }, { type: 'integer', minimum: 1 }, { type: 'null' }],
  };
  for (const value of ['auto', 1, null]) assert.is(one(schema, value), '');
  assert.is(
    one(schema, 'other'),
    'args.a fits nothing it may be: must be "auto"; must be integer; must be null',
  );
  assert.is(one({ enum: ['a', 1, null, true] }, 'b'), 'args.a must be one of "a", 1, null, true');
  assert.is(one({ const: 3 }, '3'), 'args.a must be 3');
});

test('arguments are an object of exactly these, but for optional ones', () => {
  const schemas: ArgumentSchemas = {
    name: { type: 'string' },
    mtu: { type: 'integer', optional: true },
    on: { type: 'boolean', optional: false },
  };
  assert.is(problem(schemas, { name: 'a', on: true }), '');
  assert.is(problem(schemas, { name: 'a', on: true, mtu: 3 }), '');
  assert.is(problem(schemas, { name: 'a' }), 'argument "on" is missing');
  assert.is(problem(schemas, { name: 'a', on: true, mut: 3 }), 'there is no argument "mut"');
  for (const args of [undefined, null, 'a', 3, [], ['name'], true]) {
    assert.is(problem(schemas, args), 'args must be object');
  }
  assert.is(problem({}, {}), '');
  assert.is(problem({}, { a: 1 }), 'there is no argument "a"');
});

test('all arguments that are wrong are told, up to a few', () => {
  const schemas = Object.fromEntries(
    ['a', 'b', 'c', 'd'].map((name) => [name, { type: 'integer' } as const]),
  );
  assert.is(
    problem(schemas, { a: '1', b: 2, c: null }),
    'argument "d" is missing; args.a must be integer; args.c must be integer',
  );
  const many = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`x${index}`, 1]));
  assert.match(problem(schemas, many), /^(there is no argument "x\d"; ){5}and 999 more$/);
});

test('what an object inherits is no argument, and no property', () => {
  assert.is(
    problem({ a: { type: 'integer' } }, Object.create({ a: 1 })),
    'argument "a" is missing',
  );
  const schema: Schema = {
    type: 'object',
    properties: { x: { type: 'integer' } },
    required: ['x'],
  };
  assert.is(one(schema, Object.create({ x: 1 })), 'args.a must have "x"');
  for (const name of ['constructor', 'toString', 'hasOwnProperty', '__proto__']) {
    const args = JSON.parse(`{"${name}":{}}`);
    assert.is(problem({}, args), `there is no argument "${name}"`);
    assert.is(one({ type: 'object' }, args), `args.a must not have "${name}"`);
  }
});

test('a message holds no value of an argument', () => {
  const secret = 'hunter2';
  const schemas: readonly Schema[] = [
    { type: 'string', pattern: '^x$' },
    { type: 'string', maxLength: 1 },
    { type: 'string', enum: ['x'] },
    { type: 'integer' },
    { type: 'bytes' },
    { const: 'x' },
    { enum: ['x', null] },
    {
      anyOf: [
        { type: 'string', pattern: '^x$' },
        { type: 'array', items: { type: 'null' } },
      ],
    },
    { type: 'array', items: { type: 'string', maxLength: 1 }, uniqueItems: true },
    { type: 'array', items: { type: 'string' }, uniqueItems: true },
    { type: 'object', additionalProperties: { type: 'string', maxLength: 1 } },
    {
      type: 'object',
      additionalProperties: { type: 'string' },
      propertyNames: { type: 'string', pattern: '^x$' },
    },
  ];
  const values = [secret, [secret, secret], { a: secret }, [[secret]], Buffer.from(secret)];
  let wrong = 0;
  for (const schema of schemas) {
    for (const value of [...values, { a: { b: secret } }]) {
      const said = one(schema, value);
      if (said !== '') wrong++;
      assert.not.match(said, /hunter|104/, `${JSON.stringify(schema)}: ${said}`);
    }
    assert.not.match(one(schema, { [secret]: secret }), /: hunter/);
  }
  assert.ok(wrong > 50);
  const names = {
    type: 'object',
    additionalProperties: { type: 'null' },
    propertyNames: { type: 'string', maxLength: 3 },
  } as const;
  assert.not.match(one(names, { [secret]: null }), secret);
});

test('names in a message are shortened and cannot move a cursor', () => {
  const said = problem({}, { ['\u001b[2J\u202e'.repeat(100)]: 1 });
  assert.ok(said.length < 600);
  assert.match(said, /^[ -~]+$/);
  const deep = one(
    { type: 'object', additionalProperties: { type: 'null' } },
    { 'a/b~c d\u001b': 1 },
  );
  assert.is(deep, 'args.a["a/b~c d\\u001b"] must be null');
});

test('a schema is copied: what its module does to it later changes nothing', () => {
  const inner = { type: 'string', pattern: '^[a-z]+$' };
  const schemas = { a: { type: 'array', items: inner, maxItems: 1 } };
  const check = compileArguments(schemas as unknown as ArgumentSchemas);
  Object.assign(inner, { pattern: '.*' });
  Object.assign(schemas.a, { maxItems: 9, items: { type: 'null' } });
  Object.assign(schemas, { b: { type: 'null', optional: true } });
  check({ a: ['ab'] });
  for (const args of [{ a: ['A'] }, { a: ['a', 'b'] }, { a: ['a'], b: null }]) {
    const code = 'ERR_PRIVILEGED_ARGUMENTS';
    assert.ok(
      thrownBy(() => check(args), code),
      JSON.stringify(args),
    );
  }
  assert.match(
    thrownBy(() => check({ a: ['A'] }), 'ERR_PRIVILEGED_ARGUMENTS'),
    '^[a-z]+$',
  );
});

test('arguments are only looked at', () => {
  const args = { a: { x: '1' } };
  const before = structuredClone(args);
  const properties = { x: { type: 'integer' }, y: { type: 'integer' } } as const;
  assert.ok(one({ type: 'object', properties }, args.a));
  assert.equal(args, before);
});

test('a result is checked by the same words', () => {
  const check = compileResult({
    type: 'object',
    properties: { mtu: { type: 'integer' }, raw: { type: 'bytes' } },
    required: ['mtu'],
  });
  const said = (value: unknown) => thrownBy(() => check(value), 'ERR_PRIVILEGED_RESULT');
  assert.is(said({ mtu: 1, raw: new Uint8Array(1) }), '');
  assert.is(said({ mtu: '1' }), 'result.mtu must be integer');
  assert.is(said({}), 'result must have "mtu"');
  assert.is(said(undefined), 'result must be object');
  assert.is(said(Uint8Array.of(1)), 'result must be object, not bytes');
  assert.is(
    thrownBy(() => compileResult({ enum: ['a'] })('b'), 'ERR_PRIVILEGED_RESULT'),
    'result must be "a"',
  );
});

test.run();
