import { Ajv } from 'ajv';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isFromHelper, isToHelper } from '#src/privileged/wire/guards.js';
import { generated } from '../../support/generated.js';

/** The messages once more, in words that another program understands. */
const text = { type: 'string' };
const count = { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER };
const id = { ...count, minimum: 1 };
const places = {
  type: 'array',
  items: {
    type: 'array',
    items: [{ type: 'array', items: { anyOf: [text, count] } }, count],
    minItems: 2,
    additionalItems: false,
  },
};

function object(required: object, optional: object = {}): object {
  const properties = { ...required, ...optional };
  return {
    type: 'object',
    properties,
    required: Object.keys(required),
    additionalProperties: false,
  };
}

const message = (type: string, required: object, optional = {}) =>
  object({ type: { const: type }, ...required }, optional);
const code = { anyOf: [text, { type: 'number' }] };
const failure = {
  anyOf: [
    object({
      kind: { const: 'function' },
      thrown: object({ name: text, message: text }, { code, stack: text }),
    }),
    object({ kind: { const: 'cancelled' } }),
    object({
      kind: { const: 'refused' },
      code: {
        enum: ['ARGUMENTS', 'RESULT', 'UNKNOWN', 'TIMEOUT', 'HELPER'].map(
          (end) => `ERR_PRIVILEGED_${end}`,
        ),
      },
      message: text,
    }),
  ],
};
const toHelper = [
  message('call', { id, name: text, args: {} }, { bytes: places }),
  message('cancel', { id }),
];
const fromHelper = [
  message('ready', { protocol: count, context: text, functions: { type: 'array', items: text } }),
  message('fatal', { message: text }),
  message('result', { id }, { value: {}, bytes: places }),
  message('error', { id, failure }),
  message(
    'log',
    { level: { enum: ['debug', 'info', 'warn', 'error'] }, message: text },
    { function: text },
  ),
];

const ajv = new Ajv({ ownProperties: true, strictTuples: false });
const isWellFormed = {
  toHelper: ajv.compile({ anyOf: toHelper }),
  fromHelper: ajv.compile({ anyOf: fromHelper }),
};

const anything = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    0,
    1,
    -1,
    1.5,
    2 ** 53,
    '',
    'a',
    'info',
    'ERR_PRIVILEGED_TIMEOUT',
  ),
  fc.constantFrom<unknown>([], ['a'], [['a'], 1], [[['a', 0], 1]], [[[], 1, 1]], [[[-1], 1]]),
  fc.constantFrom<unknown>({}, { kind: 'cancelled' }, { name: 'E', message: 'm' }),
  fc.record(
    {
      kind: fc.constantFrom('function', 'cancelled', 'refused', 'constructor'),
      ...{ thrown: fc.constantFrom<unknown>({ name: 'E', message: 'm' }, { name: 'E' }, 3) },
      ...{
        code: fc.constantFrom('ERR_PRIVILEGED_RESULT', 'ERR'),
        message: fc.constantFrom('m', 3),
      },
    },
    { requiredKeys: ['kind'], noNullPrototype: true },
  ),
);
/** What belongs to each message, and a few others. */
const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  call: ['id', 'name', 'args', 'bytes'],
  cancel: ['id'],
  ready: ['protocol', 'context', 'functions'],
  fatal: ['message'],
  result: ['id', 'value', 'bytes'],
  error: ['id', 'failure'],
  log: ['level', 'message', 'function'],
  constructor: ['id'],
  Call: ['id'],
};
const OTHERS = ['__proto__', 'x', 'type', 'id', 'message', 'bytes'];

/** What fits a member, mostly. */
const FITTING: ReadonlyMap<string, readonly unknown[]> = new Map<string, readonly unknown[]>(
  Object.entries({
    id: [1, 2 ** 53 - 1],
    bytes: [[], [[['a', 0], 3]], [[[], 0]]],
    protocol: [0, 1],
    functions: [[], ['f']],
    failure: [
      { kind: 'cancelled' },
      { kind: 'refused', code: 'ERR_PRIVILEGED_RESULT', message: 'm' },
      { kind: 'function', thrown: { name: 'E', message: 'm', code: 3 } },
    ],
    level: ['debug', 'info', 'warn', 'error'],
  }),
);

const member = (name: string) =>
  fc.tuple(
    fc.constant(name),
    fc.oneof(
      { weight: 5, arbitrary: fc.constantFrom(...(FITTING.get(name) ?? ['text'])) },
      anything,
    ),
  );

/** A message as text: `__proto__` may be among its members, and one may be there twice. */
const candidate = fc.constantFrom(...Object.keys(MEMBERS)).chain((type) => {
  const all = MEMBERS[type] ?? [];
  const some = fc.oneof({ weight: 3, arbitrary: fc.constant(all) }, fc.subarray([...all]));
  const more = fc.oneof(
    { weight: 5, arbitrary: fc.constant<string[]>([]) },
    fc.subarray(OTHERS, { maxLength: 1 }),
  );
  return fc
    .tuple(some, more)
    .chain(([names, others]) => fc.tuple(...[...names, ...others].map(member)))
    .map((members) => {
      const parts = [['type', type] as const, ...members].map(
        ([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`,
      );
      return `{${parts.join(',')}}`;
    });
});

test('a guard takes what is well-formed, and nothing else', () => {
  const counts = { taken: 0, refused: 0 };
  fc.assert(
    fc.property(fc.oneof({ weight: 20, arbitrary: candidate }, fc.json()), (json) => {
      const value: unknown = JSON.parse(json);
      assert.is(isToHelper(value), isWellFormed.toHelper(value), json);
      assert.is(isFromHelper(value), isWellFormed.fromHelper(value), json);
      counts[isToHelper(value) || isFromHelper(value) ? 'taken' : 'refused']++;
    }),
    generated(20_000),
  );
  assert.ok(counts.taken > 2000 && counts.refused > 2000, JSON.stringify(counts));
});

test.run();
