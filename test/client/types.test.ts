import type { Readable, Writable } from 'node:stream';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type CallEvent,
  type ClientOptions,
  type CloseOptions,
  CommandFailedError,
  type DaemonEnd,
  DaemonStartError,
  type ExecuteOptions,
  type InputStream,
  type OutputOf,
  type RefusedError,
  type RefusedMiss,
  type Result,
  type RootwrapClient,
  type RootwrapError,
  type StartOptions,
} from '#src/client/index.js';

type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only if both types are the same. */
function same<A, B>(..._: Same<A, B> extends true ? [] : [never]): void {}

/** Never called: what counts is that it compiles. */
export async function types(root: RootwrapClient, options: ExecuteOptions, start: StartOptions) {
  const plain: string = (await root.execute(['a'])).stdout;
  same<Awaited<ReturnType<typeof root.execute<{ timeout: 5 }>>>, Result<string>>();
  const text: string = (await root.execute(['a'], { timeout: 5, encoding: 'hex' })).stderr;
  const lines: string[] = (await root.execute(['a'], { lines: true })).stdout;
  const bytes: Uint8Array = (await root.execute(['a'], { encoding: 'buffer' })).stdout;
  const binary: Uint8Array = (await root.execute(['a'], { encoding: 'buffer', lines: true }))
    .stdout;
  const flag = Math.random() > 2;
  const either = (await root.execute(['a'], { lines: flag })).stdout;
  same<typeof either, string | string[]>();
  const any = (await root.execute(['a'], options)).stdout;
  same<typeof any, string | string[] | Uint8Array>();
  // @ts-expect-error a Uint8Array is no string
  const wrong: string = (await root.execute(['a'], { encoding: 'buffer' })).stdout;
  // @ts-expect-error there is no such encoding
  await root.execute(['a'], { encoding: 'utf-7' });
  await root.execute(['a'], { timeout: undefined });
  const maybe = { signal: undefined as AbortSignal | undefined, env: undefined, input: undefined };
  same<Awaited<ReturnType<typeof root.execute<typeof maybe>>>, Result<string>>();
  await root.execute(['a'], { ...maybe, cancelSignal: undefined, lines: undefined });
  const perhaps = undefined as 'buffer' | undefined;
  const unsureBytes = (await root.execute(['a'], { encoding: perhaps })).stdout;
  same<typeof unsureBytes, string | Uint8Array>();
  const plainStart = root.start(['a'], { stdout: undefined, stderr: undefined });
  same<typeof plainStart.stdout, Readable>();
  same<typeof plainStart.stderr, undefined>();
  const none: ClientOptions = { env: undefined, cwd: undefined, stderr: undefined };
  const untimed: CloseOptions = { timeout: undefined };
  for await (const line of root.start(['a'])) same<typeof line, string>();
  // @ts-expect-error a command is a list of words
  await root.execute('a b');
  // @ts-expect-error a result cannot be written to
  (await root.execute(['a'])).exitCode = 5;
  await root.execute(['a', 'b'] as const, { env: { A: 'b' } } as const);
  await root.execute(['a'], { input: new Blob(['a']).stream() });
  // @ts-expect-error a number is no input
  await root.execute(['a'], { input: 5 });

  const running = root.start(['a']);
  same<typeof running.stdout, Readable>();
  same<typeof running.stderr, undefined>();
  same<typeof running.stdin, Writable>();
  const result = await running.result;
  same<typeof result.stdout, undefined>();
  same<typeof result.stderr, string>();
  const both = root.start(['a'], { stderr: 'pipe', stdout: 'collect', encoding: 'buffer' });
  same<typeof both.stderr, Readable>();
  same<typeof both.stdout, undefined>();
  const collected: Uint8Array | undefined = (await both.result).stdout;
  const unsure = root.start(['a'], start);
  same<typeof unsure.stdout, Readable | undefined>();
  // @ts-expect-error output that is ignored is no stream
  root.start(['a'], { stdout: 'ignore' }).stdout.resume();
  // @ts-expect-error it is neither
  root.start(['a'], { stderr: 'inherit' });

  using one = root;
  await using other = root;
  await using third = running;
  await root.close(untimed);
  return [none, plain, text, lines, bytes, binary, wrong, collected, one, other, third];
}

/** What callers want to name: each is exported. */
export interface Named {
  readonly misses: RefusedMiss;
  readonly output: OutputOf<{ encoding: 'buffer' }>;
  readonly input: InputStream;
  readonly end: DaemonEnd;
  readonly event: CallEvent;
}

export function typesOfErrors(error: RootwrapError, refused: RefusedError, end: DaemonEnd): void {
  same<typeof error.mayHaveRun, boolean>();
  same<typeof refused.misses, readonly RefusedMiss[] | undefined>();
  same<OutputOf<{ lines: true }>, string[]>();
  new DaemonStartError('', end);
}

export function narrowed(error: unknown): number | undefined {
  return error instanceof CommandFailedError ? error.exitCode : undefined;
}

test('the types of results follow from the options', () => {
  assert.type(types, 'function'); // the compiler has had its say
  assert.is(narrowed(new Error()), undefined);
});

test.run();
