import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { callHere } from '#src/privileged/run/call-here.js';
import { settled } from '#src/privileged/wire/answer.js';
import { partsOf } from '#src/privileged/wire/arguments.js';
import { FunctionError, PrivilegedError } from '#src/privileged/wire/errors.js';
import { prepared } from './prepared.js';

const OPTIONS = {
  log: { debug() {}, info() {}, warn() {}, error() {} },
  debug: false,
  overdue() {},
};
const ARGS = {
  item: { type: 'array', items: { anyOf: [{ type: 'bytes' }, { type: 'string' }] } },
} as const;

type Parameter = Parameters<typeof callHere>;

async function called(
  f: Parameter[0],
  args: unknown,
  caller: Parameter[2],
  options: Parameter[3],
): Promise<unknown> {
  return settled(await callHere(f, partsOf(args), caller, options));
}

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => assert.unreachable('it did not reject'),
    (error) => error,
  );
}

test('arguments and results are copies that have been JSON, with their bytes', async () => {
  let got: unknown;
  const result = { bytes: Uint8Array.of(9), gone: undefined, inner: { a: 1 } };
  const f = prepared(
    (args) => {
      got = args;
      return result;
    },
    { args: ARGS },
  );
  const item = [Uint8Array.of(1, 2), 'text'];
  const answer = (await called(f, { item }, {}, OPTIONS)) as typeof result;
  assert.equal(got, { item: [Uint8Array.of(1, 2), 'text'] });
  assert.is.not((got as { item: unknown[] }).item[0], item[0]);
  assert.equal(answer, { bytes: Uint8Array.of(9), inner: { a: 1 } });
  assert.not('gone' in answer);
  assert.is.not(answer.inner, result.inner);
});

test('arguments that are no plain data do not reach the function', async () => {
  let calls = 0;
  const f = prepared(() => calls++);
  for (const args of [new Date(), { f() {} }, new Map(), JSON.parse('{"__proto__": 1}')]) {
    const error = await rejection(called(f, args, {}, OPTIONS));
    assert.ok(error instanceof PrivilegedError, String(error));
    assert.is(error.code, 'ERR_PRIVILEGED_ARGUMENTS');
  }
  assert.is(calls, 0);
});

test('a result may be as large as its context says, and arguments no larger than by default', async () => {
  const length = { length: { type: 'integer' } } as const;
  const text = prepared(({ length }: { length: number }) => 'x'.repeat(length), {
    args: length,
    maxResult: 4096,
  });
  assert.is(((await called(text, { length: 4094 }, {}, OPTIONS)) as string).length, 4094);
  const error = await rejection(called(text, { length: 4095 }, {}, OPTIONS));
  assert.is((error as PrivilegedError).code, 'ERR_PRIVILEGED_RESULT');
  const wide = prepared(() => 'é'.repeat(3000), { maxResult: 4096 });
  const wider = await rejection(called(wide, {}, {}, OPTIONS));
  assert.match((wider as PrivilegedError).message, 'larger than 4096 bytes as JSON');
  const large = prepared(({ item }: { item: string[] }) => item, {
    args: ARGS,
    maxResult: 2 * 1024 * 1024,
  });
  const refused = await rejection(called(large, { item: ['é'.repeat(600_000)] }, {}, OPTIONS));
  assert.is((refused as PrivilegedError).code, 'ERR_PRIVILEGED_ARGUMENTS');
});

test('what crosses is as large as a message may be, and no larger', async () => {
  const f = prepared(() => 'é'.repeat(600_000), { args: ARGS });
  const large = { item: ['é'.repeat(600_000)] };
  const refused = (await rejection(called(f, large, {}, OPTIONS))) as PrivilegedError;
  assert.is(refused.code, 'ERR_PRIVILEGED_ARGUMENTS');
  const result = (await rejection(called(f, { item: [] }, {}, OPTIONS))) as PrivilegedError;
  assert.is(result.code, 'ERR_PRIVILEGED_RESULT');
});

test('failures are what a service sees', async () => {
  const thrown = await rejection(
    called(
      prepared(() => {
        throw new RangeError('far');
      }),
      {},
      {},
      OPTIONS,
    ),
  );
  assert.ok(thrown instanceof FunctionError);
  assert.is(thrown.name, 'RangeError');
  const reason = new Error('mine');
  const controller = new AbortController();
  const cancelled = called(
    prepared(() => controller.abort(reason)),
    {},
    { signal: controller.signal },
    OPTIONS,
  );
  assert.is(await rejection(cancelled), reason);
  const before = called(
    prepared(() => {}),
    {},
    { signal: AbortSignal.abort(reason) },
    OPTIONS,
  );
  assert.is(await rejection(before), reason);
});

test.run();
