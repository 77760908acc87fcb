import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type ArgumentSchemas,
  type Arguments,
  type CallOptions,
  context,
  type Schema,
  type ValueOf,
} from '#src/privileged/index.js';

type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only if both types are the same. */
function same<A, B>(..._: Same<A, B> extends true ? [] : [never]): void {}

/** Never called, as those below: what counts is that it compiles. */
export function kinds() {
  same<ValueOf<{ type: 'string'; pattern: 'a' }>, string>();
  same<ValueOf<{ type: 'string'; enum: readonly ['a', 'b'] }>, 'a' | 'b'>();
  same<ValueOf<{ type: 'number' }>, number>();
  same<ValueOf<{ type: 'integer'; minimum: 3 }>, number>();
  same<ValueOf<{ type: 'integer'; enum: readonly [1, 2] }>, 1 | 2>();
  same<ValueOf<{ type: 'boolean' }>, boolean>();
  same<ValueOf<{ type: 'null' }>, null>();
  same<ValueOf<{ type: 'bytes'; maxLength: 3 }>, Uint8Array>();
  same<ValueOf<{ enum: readonly ['a', 1, null, true] }>, 'a' | 1 | null | true>();
  same<ValueOf<{ const: 'a' }>, 'a'>();
  same<ValueOf<{ type: 'array'; items: { type: 'bytes' } }>, Uint8Array[]>();
  same<ValueOf<{ anyOf: readonly [{ type: 'null' }, { const: 3 }] }>, null | 3>();
  same<ValueOf<{ type: 'object' }>, Record<never, never>>();
  same<
    ValueOf<{
      readonly type: 'object';
      readonly properties: { readonly a: { type: 'string' }; readonly b: { type: 'null' } };
      readonly required: readonly ['a'];
    }>,
    { a: string; b?: null }
  >();
  const map: ValueOf<{ type: 'object'; additionalProperties: { type: 'integer' } }> = { any: 3 };
  const deep: ValueOf<{
    type: 'array';
    items: { type: 'array'; items: { anyOf: readonly [{ type: 'boolean' }, { const: 'auto' }] } };
  }> = [[true, 'auto']];
  return [map, deep];
}

export function unknownSchemas(schema: Schema, schemas: ArgumentSchemas) {
  same<ValueOf<Schema>, unknown>();
  same<ValueOf<{ type: 'array'; items: Schema }>, unknown[]>();
  same<Arguments<ArgumentSchemas>, { [name: string]: unknown }>();
  const net = context('net', { user: 'svc-net' });
  const one = net.entrypoint({ it: schema }, ({ it }) => it);
  same<ReturnType<typeof one>, Promise<unknown>>();
  return net.entrypoint(schemas, (args) => args.anything);
}

export function calls(list: readonly string[], maybe: string | undefined, options: CallOptions) {
  const net = context('net', { user: 'svc-net', capabilities: ['CAP_NET_ADMIN'] });

  const both = net.entrypoint(
    { mode: { enum: ['a', 'b'] }, x: { type: 'bytes', optional: true } },
    ({ mode, x }) => ({ mode, n: x?.length }),
  );
  same<ReturnType<typeof both>, Promise<{ mode: 'a' | 'b'; n: number | undefined }>>();
  both({ mode: 'a' });
  both({ mode: 'b', x: Buffer.of(1) }, options);
  // @ts-expect-error an argument is missing
  both({ x: new Uint8Array(1) });
  // @ts-expect-error and here all of them
  both();
  // @ts-expect-error there is no such mode
  both({ mode: 'c' });
  // @ts-expect-error there is no such argument
  both({ mode: 'a', y: 3 });
  // @ts-expect-error a string is no bytes
  both({ mode: 'a', x: 'text' });
  // @ts-expect-error there is no such option
  both({ mode: 'a' }, { timeout: 3 });

  const none = net.entrypoint({}, async () => 5);
  same<ReturnType<typeof none>, Promise<number>>();
  none();
  none({});
  none(undefined, options);
  // @ts-expect-error there are no arguments
  none({ a: 3 });

  const optional = net.entrypoint(
    { name: { type: 'string', optional: true } },
    ({ name }, { signal, log }) => {
      same<typeof name, string | undefined>();
      same<typeof signal, AbortSignal>();
      log.info('called');
    },
  );
  same<ReturnType<typeof optional>, Promise<void>>();
  optional();
  optional({ name: 'a' });
  optional({ name: maybe }); // it is not there then

  const required = net.entrypoint({ name: { type: 'string', optional: false } }, () => {});
  // @ts-expect-error it is not optional
  required();
  // @ts-expect-error undefined is no string
  required({ name: maybe });

  const lists = net.entrypoint(
    {
      list: { type: 'array', items: { type: 'string', maxLength: 9 }, uniqueItems: true },
      record: {
        type: 'object',
        properties: { inner: { type: 'array', items: { type: 'integer' } } },
        optional: true,
      },
    },
    (args) => {
      args.list.push('its own'); // what arrives is a copy
      args.record?.inner?.push(3);
      // @ts-expect-error there is no such argument
      return args.nothing;
    },
  );
  lists({ list });
  lists({ list: ['a'], record: { inner: [1, 2] } as const });
  // @ts-expect-error numbers are no strings
  lists({ list: [1] });
}

export function results() {
  const net = context('net', { user: 'svc-net' });
  const returns = {
    type: 'object',
    properties: { mtu: { type: 'integer' }, names: { type: 'array', items: { type: 'string' } } },
    required: ['mtu'],
  } as const;
  const good = net.entrypoint({}, async () => ({ mtu: 1500, names: ['a'] as const }), { returns });
  same<ReturnType<typeof good>, Promise<{ mtu: number; names?: string[] }>>();
  net.entrypoint({}, () => 'up', { returns: { enum: ['up', 'down'] }, timeout: 100 });
  net.entrypoint({}, () => ({ state: 'up' }), {
    returns: { type: 'object', properties: { state: { enum: ['up', 'down'] } } },
  });
  net.entrypoint({ a: { type: 'null' } }, async ({ a }) => (a === null ? 'up' : 'down'), {
    returns: { enum: ['up', 'down'] },
  });
  // @ts-expect-error not what `returns` says
  net.entrypoint({}, () => ({ mtu: '1500' }), { returns });
  // @ts-expect-error nor this
  net.entrypoint({}, async () => 'sideways', { returns: { enum: ['up', 'down'] } });
  // @ts-expect-error there is no such option
  net.entrypoint({}, () => 3, { retries: 3 });
  // @ts-expect-error a result has no such word
  net.entrypoint({}, () => 3, { returns: { type: 'integer', pattern: 'a' } });
}

export function faults() {
  // @ts-expect-error there is no such capability
  context('net', { user: 'svc-net', capabilities: ['CAP_NET_ADMlN'] });
  // @ts-expect-error capabilities are written as capabilities(7) does
  context('net', { user: 'svc-net', capabilities: ['net_admin'] });
  // @ts-expect-error a context has a user
  context('net', { capabilities: [] });
  // @ts-expect-error there is no such option
  context('net', { user: 'svc-net', chroot: '/' });

  const net = context('net', { user: 'svc-net', capabilities: ['CAP_NET_ADMIN'] as const });
  // @ts-expect-error there is no such type
  net.entrypoint({ a: { type: 'text' } }, () => {});
  // @ts-expect-error a string has no minimum
  net.entrypoint({ a: { type: 'string', minimum: 3 } }, () => {});
  // @ts-expect-error an integer has no pattern
  net.entrypoint({ a: { type: 'integer', pattern: 'a' } }, () => {});
  net.entrypoint({ a: { type: 'array', items: { type: 'string', format: 'ipv4' } } }, () => {});
  // @ts-expect-error there is no such format
  net.entrypoint({ a: { type: 'array', items: { type: 'string', format: 'ip' } } }, () => {});
  // @ts-expect-error nor references
  net.entrypoint({ a: { $ref: '#' } }, () => {});
  // @ts-expect-error an enum without a type has no pattern
  net.entrypoint({ a: { enum: ['a'], pattern: 'a' } }, () => {});
  // @ts-expect-error also within others
  net.entrypoint({ a: { anyOf: [{ type: 'null' }, { const: 3, format: 'x' }] } }, () => {});
  // @ts-expect-error only arguments are optional
  net.entrypoint({ a: { type: 'array', items: { type: 'null', optional: true } } }, () => {});
  // @ts-expect-error an array says what is in it
  net.entrypoint({ a: { type: 'array' } }, () => {});
  const properties = { a: { type: 'string' } } as const;
  net.entrypoint({ o: { type: 'object', properties, required: ['a'] } }, ({ o }) => o.a.length);
  // @ts-expect-error there is no property of this name
  net.entrypoint({ o: { type: 'object', properties, required: ['b'] } }, () => {});
  // @ts-expect-error it may not be there
  net.entrypoint({ o: { type: 'object', properties } }, ({ o }) => o.a.length);
  // @ts-expect-error nor this one
  net.entrypoint({ a: { type: 'string', optional: true } }, ({ a }) => a.length);
  // @ts-expect-error the arguments have schemas
  net.entrypoint(undefined, () => {});
}

export function written() {
  const net = context('net', { user: 'svc-net' });
  const bridge = { type: 'string', pattern: '^[a-z]+$', description: 'its name' } as const;
  const schemas = { bridge, on: { type: 'boolean', optional: true } } as const;
  const callable = net.entrypoint(schemas, ({ bridge, on }) => [bridge, on ?? null]);
  same<
    Parameters<typeof callable>[0],
    { readonly bridge: string; readonly on?: boolean | undefined }
  >();
}

test('types follow from schemas', () => {
  const compiled = [kinds, unknownSchemas, calls, results, faults, written];
  for (const each of compiled) assert.type(each, 'function'); // the compiler has had its say
});

test.run();
