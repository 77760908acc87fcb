import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { compileArguments, compileResult, SchemaError } from '#src/privileged/schema/compile.js';

/** As plain JavaScript may write them. */
function refused(args: unknown, message: string | RegExp): void {
  assert.throws(
    () => compileArguments(args as never),
    (error: unknown) => {
      assert.ok(error instanceof SchemaError, String(error));
      if (typeof message === 'string') assert.is(error.message, message);
      else assert.match(error.message, message);
      return true;
    },
    String(message),
  );
}

test('a function without schemas is told what to write', () => {
  refused(undefined, 'the arguments have no schema; write `{}` if there are none');
  refused(null, /write `\{\}`/);
  for (const args of [[], 'a', 3, new Map(), () => {}])
    refused(args, 'the schema is not a plain object');
});

test('a schema is a plain object, and says what it is', () => {
  for (const schema of [
    undefined,
    null,
    'string',
    3,
    [],
    new Map(),
    true,
    Object.create({ type: 'null' }),
  ]) {
    refused({ a: schema }, 'schema.a is not a plain object');
  }
  refused({ a: {} }, 'schema.a has no `type`, and no `enum`, `const` or `anyOf`');
  for (const type of [
    'text',
    'String',
    'constructor',
    '__proto__',
    ['string'],
    null,
    undefined,
    String,
  ]) {
    refused({ a: { type } }, /^schema\.a\.type is none of string, number, integer, boolean,/);
  }
});

test('a word that a schema cannot have is refused, at its place', () => {
  refused(
    { a: { type: 'string', minimum: 3 } },
    'schema.a cannot have "minimum"; type string takes pattern, format, enum, minLength, maxLength',
  );
  refused({ a: { type: 'null', x: 1 } }, 'schema.a cannot have "x"; type null takes no others');
  refused(
    { a: { type: 'integer', pattern: 'a' } },
    /^schema\.a cannot have "pattern"; type integer takes minimum/,
  );
  refused(
    { a: { enum: ['a'], pattern: 'a' } },
    'schema.a cannot have "pattern"; a schema with `enum` takes enum',
  );
  refused({ a: { const: 1, anyOf: [] } }, /cannot have/);
  refused(
    {
      l: {
        type: 'array',
        items: { type: 'object', properties: { x: { type: 'bytes', enum: [] } } },
      },
    },
    /^schema\.l\.items\.properties\.x cannot have "enum"; type bytes takes minLength/,
  );
  for (const word of [
    'not',
    'oneOf',
    'allOf',
    'if',
    'patternProperties',
    'dependentRequired',
    '$id',
    '$schema',
    '$defs',
    'definitions',
    '$data',
    '$dynamicRef',
    'discriminator',
    'bytes',
    'contains',
    'prefixItems',
    'additionalItems',
    'unevaluatedProperties',
    'constructor',
    'toString',
  ]) {
    for (const schema of [{ type: 'object' }, { type: 'string' }, { anyOf: [{ type: 'null' }] }]) {
      refused({ a: { ...schema, [word]: { type: 'null' } } }, /^schema\.a cannot have/);
    }
  }
  refused(
    { a: JSON.parse('{"type":"null","__proto__":{"type":"string"}}') },
    /^schema\.a cannot have "__proto__"/,
  );
});

test('words that one may expect are answered by what to write instead', () => {
  refused(
    { a: { $ref: '#/definitions/x' } },
    'schema.a has no `type`, and no `enum`, `const` or `anyOf`',
  );
  refused(
    { a: { type: 'string', $ref: '#' } },
    'schema.a cannot have "$ref"; write the schema here itself',
  );
  refused(
    { a: { type: 'string', format: 'hostname' } },
    'schema.a.format is none of ipv4, ipv6, cidr, mac, uuid, date-time; write a `pattern` for others',
  );
  refused(
    { a: { type: 'string', nullable: true } },
    /write \{ anyOf: \[\.\.\., \{ type: 'null' \}\] \}/,
  );
  refused({ a: { type: 'string', default: 'x' } }, /write `optional`/);
  refused(
    { a: { type: 'array', items: { type: 'null', optional: true } } },
    /^schema\.a\.items cannot have "optional"; only arguments/,
  );
  assert.throws(
    () => compileResult({ type: 'null', optional: true } as never),
    /the schema cannot have "optional"/,
  );
});

test('a word that is undefined is refused: what it should say would be missing', () => {
  refused(
    { a: { type: 'string', pattern: undefined } },
    'schema.a.pattern is undefined; leave it out if it is meant',
  );
  refused(
    { a: { type: 'object', additionalProperties: undefined } },
    /additionalProperties is undefined/,
  );
});

test('what a word says has to be of its kind', () => {
  const cases: readonly [object, RegExp][] = [
    [{ type: 'string', pattern: /a/ }, /pattern is not a string/],
    [{ type: 'string', pattern: ['a'] }, /pattern is not a string/],
    [{ type: 'string', minLength: -1 }, /minLength is not a whole number/],
    [{ type: 'string', maxLength: '3' }, /maxLength is not a whole number/],
    [{ type: 'bytes', maxLength: 1.5 }, /maxLength is not a whole number/],
    [{ type: 'bytes', maxLength: Number.NaN }, /maxLength is not a whole number/],
    [{ type: 'integer', minimum: '1' }, /minimum is not a finite number/],
    [{ type: 'number', maximum: 1 / 0 }, /maximum is not a finite number/],
    [{ type: 'number', multipleOf: 0 }, /multipleOf is not a number above 0/],
    [{ type: 'number', enum: [1, '2'] }, /enum\[1\] is not a finite number/],
    [{ type: 'string', enum: ['a', 1] }, /enum\[1\] is not a string/],
    [{ type: 'string', enum: 'ab' }, /enum is not an array/],
    [{ type: 'string', enum: [] }, /enum is empty/],
    // biome-ignore lint/suspicious/noSparseArray: it is what is tested
    [{ type: 'string', enum: ['a', , 'b'] }, /enum\[1\] is not a string/],
    [{ enum: [{}] }, /enum\[0\] is not a string, a finite number, true, false or null/],
    [{ const: [] }, /const is not a string/],
    [{ anyOf: [] }, /anyOf is empty/],
    [{ anyOf: { type: 'null' } }, /anyOf is not an array/],
    [{ anyOf: [{ type: 'null' }, 3] }, /anyOf\[1\] is not a plain object/],
    [{ type: 'array' }, /says nothing of its `items`/],
    [{ type: 'array', items: [{ type: 'null' }] }, /items is not a plain object/],
    [
      { type: 'array', items: { type: 'null' }, uniqueItems: 'yes' },
      /uniqueItems is not true or false/,
    ],
    [{ type: 'object', properties: ['a'] }, /properties is not a plain object/],
    [{ type: 'object', additionalProperties: true }, /additionalProperties is not a plain object/],
    [{ type: 'object', required: 'a' }, /required is not an array/],
    [{ type: 'object', required: [1] }, /required\[0\] is not a string/],
    [{ type: 'object', propertyNames: { pattern: 'a' } }, /propertyNames has no `type`/],
    [{ type: 'null', description: 3 }, /description is not a string/],
    [{ type: 'null', optional: 'no' }, /optional is not true or false/],
  ];
  for (const [schema, message] of cases) refused({ a: schema }, message);
});

test('a pattern that JavaScript cannot use with flag u is refused', () => {
  for (const pattern of [
    '[',
    '(?<a',
    '\\_',
    'a{2,1}',
    '\\u{110000}',
    '(?i)a',
    '[[:alpha:]]{',
    '\\-',
  ]) {
    refused(
      { a: { type: 'string', pattern } },
      /^schema\.a\.pattern cannot be used with flag `u`: /,
    );
  }
});

test('a required name has to be a property', () => {
  const properties = { x: { type: 'null' } };
  refused(
    { a: { type: 'object', properties, required: ['x', 'y'] } },
    'schema.a.required names "y", which is not in `properties`',
  );
  refused({ a: { type: 'object', required: ['toString'] } }, /names "toString"/);
  compileArguments({ a: { type: 'object', properties: { x: { type: 'null' } }, required: [] } });
});

test('no argument and no property is called like something that every object has', () => {
  for (const name of [
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    '__defineGetter__',
  ]) {
    const schemas = JSON.parse(`{"${name}":{"type":"null"}}`);
    refused(schemas, `schema.${name} is what every object of JavaScript has; choose another name`);
    refused(
      { a: { type: 'object', properties: schemas } },
      new RegExp(`^schema\\.a\\.properties\\.${name} is what`),
    );
  }
});

test('a schema that is too deep, or holds itself, is refused', () => {
  const cyclic: Record<string, unknown> = { type: 'array' };
  cyclic.items = cyclic;
  refused({ a: cyclic }, /is too deep/);
  const list: unknown[] = [];
  list.push({ anyOf: list });
  refused({ a: { anyOf: list } }, /is too deep/);
  let deep: object = { type: 'null' };
  for (let level = 0; level < 60; level++) deep = { type: 'object', properties: { x: deep } };
  compileArguments({ a: deep as never });
});

test('schemas are read once', () => {
  let reads = 0;
  const schema = {
    type: 'string',
    get pattern() {
      return ++reads === 1 ? '^a$' : '.*';
    },
  } as const;
  const check = compileArguments({ a: schema });
  assert.is(reads, 1);
  check({ a: 'a' });
  assert.throws(() => check({ a: 'b' }), /must match pattern "\^a\$"/);
});

test.run();
