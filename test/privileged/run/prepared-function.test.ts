import { setTimeout as wait } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Call } from '#src/privileged/contexts/entrypoint.js';
import { Cancellation } from '#src/privileged/run/cancellation.js';
import type { Outcome, PreparedFunction } from '#src/privileged/run/prepared-function.js';
import type { ArgumentSchemas, Schema } from '#src/privileged/schema/types.js';
import { patiently } from '../../support/patience.js';
import { prepared } from './prepared.js';

const SILENT = { debug() {}, info() {}, warn() {}, error() {} };
interface Calling {
  readonly signal?: AbortSignal;
  readonly debug?: boolean;
  overdue?(message: string): void;
}

function called(
  f: PreparedFunction,
  args: unknown = {},
  { signal, debug = false, overdue = () => {} }: Calling = {},
): Promise<Outcome> {
  const cancellation = new Cancellation();
  if (signal?.aborted) cancellation.cancel();
  signal?.addEventListener('abort', () => cancellation.cancel());
  return patiently('the outcome', f.call(args, { cancellation, log: SILENT, debug, overdue }));
}

function refusalOf(outcome: Outcome): string {
  if ('failure' in outcome && outcome.failure.kind === 'refused') return outcome.failure.code;
  return JSON.stringify(outcome);
}

/** Ends when its signal is aborted, with what aborted it. */
const untilAborted = (_args: never, { signal }: Call) =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
  });

const CANCELLED = { failure: { kind: 'cancelled' } };

test('a result crosses in parts', async () => {
  const outcome = await called(prepared(async () => ({ a: [1, Uint8Array.of(7)] })));
  if (!('parts' in outcome)) throw new Error(JSON.stringify(outcome));
  assert.equal(outcome.parts.value, { a: [1, null] });
  assert.equal(outcome.parts.places, [[['a', 1], 1]]);
  assert.equal([...(outcome.parts.bytes[0] ?? [])], [7]);
});

test('a function without a result has the result undefined', async () => {
  const outcome = await called(prepared(() => {}));
  assert.is('parts' in outcome && outcome.parts.value, undefined);
});

test('arguments that break the schema never reach the function', async () => {
  let calls = 0;
  const f = prepared(() => calls++, { args: { x: { type: 'integer', maximum: 3 } } });
  for (const args of [{}, { x: 4 }, { x: '1' }, { x: 1, y: 1 }, null, 'x', [1], undefined]) {
    assert.is(refusalOf(await called(f, args)), 'ERR_PRIVILEGED_ARGUMENTS');
  }
  assert.is(calls, 0);
  await called(f, { x: 3 });
  assert.is(calls, 1);
});

test('a result that breaks its schema, or is no plain data, is an error of its own kind', async () => {
  const returns = { type: 'integer' } as const;
  for (const f of [
    prepared(() => 'text', { returns }),
    prepared(() => new Date()),
    prepared(() => ({ now: () => 1 })),
    prepared(() => [Number.NaN]),
    prepared(() => new Map()),
  ]) {
    assert.is(refusalOf(await called(f)), 'ERR_PRIVILEGED_RESULT');
  }
});

test('what a function throws, at once or later, is its failure', async () => {
  const thrown = { name: 'RangeError', message: 'too far', code: 'EFAR' };
  const error = Object.assign(new RangeError('too far'), { code: 'EFAR' });
  const bodies = [
    () => {
      throw error;
    },
    async () => {
      throw error;
    },
    // biome-ignore lint/suspicious/noThenProperty: a promise of somebody else's
    () => ({ then: (_: unknown, reject: (error: Error) => void) => reject(error) }),
  ];
  for (const body of bodies) {
    assert.equal(await called(prepared(body)), { failure: { kind: 'function', thrown } });
  }
});

test('a stack crosses only when it is asked for', async () => {
  const f = prepared(() => {
    throw new Error('x');
  });
  const stackOf = (outcome: Outcome) =>
    'failure' in outcome && outcome.failure.kind === 'function' && outcome.failure.thrown.stack;
  assert.is(stackOf(await called(f)), undefined);
  assert.match(String(stackOf(await called(f, {}, { debug: true }))), 'prepared-function.test');
});

test('a signal that is asked for late is aborted all the same', async () => {
  const caller = new AbortController();
  let seen: AbortSignal | undefined;
  const f = prepared(async (_args: never, call: Call) => {
    caller.abort();
    seen = call.signal;
    return call.signal === seen;
  });
  assert.equal(await called(f, {}, { signal: caller.signal }), CANCELLED);
  assert.is(seen?.aborted, true);
  assert.is(seen?.reason.name, 'AbortError');
});

test('a function whose timeout is over has its signal aborted by a TimeoutError', async () => {
  let reason: unknown;
  const f = prepared(
    async (args: never, call: Call) => {
      await untilAborted(args, call).catch((error) => {
        reason = error;
      });
      return 'nearly';
    },
    { timeout: 1 },
  );
  assert.is(refusalOf(await called(f)), 'ERR_PRIVILEGED_TIMEOUT');
  assert.is((reason as Error).name, 'TimeoutError');
});

test('after its timeout nothing that a function does changes the outcome', async () => {
  const after = (end: () => unknown) => async (args: never, call: Call) => {
    await untilAborted(args, call).catch(() => {});
    return end();
  };
  const throwing = () => {
    throw new Error('my own');
  };
  for (const end of [() => 'done', throwing, () => new Date()]) {
    assert.is(
      refusalOf(await called(prepared(after(end), { timeout: 1 }))),
      'ERR_PRIVILEGED_TIMEOUT',
    );
  }
});

test('a function that blocks the event loop until its timeout is over has not kept it', async () => {
  const f = prepared(
    () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50) && undefined,
    { timeout: 10 },
  );
  assert.is(refusalOf(await called(f)), 'ERR_PRIVILEGED_TIMEOUT');
});

test('a function whose caller cancelled has its signal aborted by an AbortError, and is cancelled', async () => {
  for (const end of ['rejects', 'resolves']) {
    let reason: unknown;
    const controller = new AbortController();
    const f = prepared(async (args: never, call: Call) => {
      const ending = untilAborted(args, call).catch((error) => {
        reason = error;
        if (end === 'rejects') throw error;
      });
      controller.abort(new Error('a secret of the caller'));
      await ending;
    });
    assert.equal(await called(f, {}, { signal: controller.signal }), CANCELLED);
    assert.is((reason as Error).name, 'AbortError');
  }
});

test('a call that was cancelled before it began does not run', async () => {
  let calls = 0;
  const f = prepared(() => calls++);
  assert.equal(await called(f, {}, { signal: AbortSignal.abort() }), CANCELLED);
  assert.is(calls, 0);
});

test('a function that goes on after its grace period is overdue, by its name, and may still end', async () => {
  for (const kind of ['timeout', 'cancel']) {
    const controller = new AbortController();
    let end = () => {};
    const f = prepared(() => new Promise<void>((resolve) => (end = resolve)), {
      gracePeriod: 1,
      ...(kind === 'timeout' && { timeout: 1 }),
    });
    const messages: string[] = [];
    const overdue = (message: string) => {
      messages.push(message);
      end();
    };
    const outcome = called(f, {}, { signal: controller.signal, overdue });
    if (kind === 'cancel') controller.abort();
    await outcome;
    assert.is(messages.length, 1);
    assert.match(messages[0] ?? '', /^f goes on 1 ms after (its timeout|it was cancelled)/);
  }
});

test('a function that ends in time is not overdue, and leaves no timer', async () => {
  const f = prepared(() => 1, { timeout: 60_000 });
  await called(f, {}, { overdue: () => assert.unreachable() });
  assert.not(process.getActiveResourcesInfo().includes('Timeout'));
});

test('the signal of one call is not the signal of another', async () => {
  const f = prepared(untilAborted);
  const [one, other] = [new AbortController(), new AbortController()];
  const first = called(f, {}, { signal: one.signal });
  let secondEnded = false;
  const second = called(f, {}, { signal: other.signal }).then((outcome) => {
    secondEnded = true;
    return outcome;
  });
  one.abort();
  assert.equal(await first, CANCELLED);
  await wait(1);
  assert.not(secondEnded);
  other.abort();
  assert.equal(await second, CANCELLED);
});

test('a schema that cannot be is an error before any call', () => {
  const wrong = { x: { type: 'integre' } } as unknown as ArgumentSchemas;
  assert.throws(() => prepared(() => {}, { args: wrong }));
  assert.throws(() => prepared(() => {}, { returns: { type: 'x' } as unknown as Schema }));
});

test.run();
