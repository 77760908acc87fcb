import type { Stats } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { context, type PrivilegedFunction } from '#src/privileged/index.js';

type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only if the function gives that. */
function gives<Result>() {
  return <Actual>(
    _: (...args: never) => Promise<Actual>,
    ..._same: Same<Actual, Result> extends true ? [] : [never]
  ): void => {};
}

interface Tree {
  readonly name: string;
  readonly below: readonly Tree[];
}

interface Interface {
  readonly mac: `${string}:${string}`;
  readonly mtu?: number;
  readonly state: 'up' | 'down' | null;
}

/** Never called: what counts is that it compiles. */
export function crossing(tree: Tree, list: Interface[], anything: unknown, pair: [Buffer, 1]) {
  const net = context('net', { user: 'svc-net' });
  gives<void>()(net.entrypoint({}, () => {}));
  gives<void>()(net.entrypoint({}, async () => {}));
  gives<string>()(net.entrypoint({}, () => 'text'));
  gives<string | undefined>()(net.entrypoint({}, () => process.env.PATH));
  gives<unknown>()(net.entrypoint({}, () => anything));
  gives<never>()(
    net.entrypoint({}, (): never => {
      throw new Error();
    }),
  );
  gives<unknown[]>()(net.entrypoint({}, () => [anything]));
  gives<Interface[]>()(net.entrypoint({}, () => list));
  gives<Interface | null>()(net.entrypoint({}, async () => list[0] ?? null));
  gives<Tree['name']>()(net.entrypoint({}, () => tree.name));
  const grown: PrivilegedFunction<Record<never, never>, Tree> = net.entrypoint({}, () => tree);
  gives<Uint8Array>()(net.entrypoint({}, () => readFile('/etc/hostname')));
  gives<Uint8Array>()(net.entrypoint({}, () => new Uint8Array(1)));
  gives<[Uint8Array, 1]>()(net.entrypoint({}, () => pair));
  gives<{ deep: { data: Uint8Array | null }[] }>()(
    net.entrypoint({}, () => ({ deep: [{ data: Buffer.of(1) as Buffer | null }] })),
  );
  gives<{ name: string; message: string }>()(
    net.entrypoint({}, () => ({ name: 'a', message: 'no error, but two texts' })),
  );
  gives<Record<string, number>>()(net.entrypoint({}, (): Record<string, number> => ({ a: 1 })));
  return grown;
}

export function notCrossing(stats: Stats, error: Error, maybe: Date | null) {
  const net = context('net', { user: 'svc-net' });
  // @ts-expect-error it has methods
  net.entrypoint({}, () => new Date());
  // @ts-expect-error it has methods
  net.entrypoint({}, () => maybe);
  // @ts-expect-error it has methods
  net.entrypoint({}, () => new Map([['a', 1]]));
  // @ts-expect-error it has methods
  net.entrypoint({}, async () => new Set([1]));
  // @ts-expect-error it has methods
  net.entrypoint({}, () => stat('/etc/hostname'));
  // @ts-expect-error it has methods
  net.entrypoint({}, () => ({ deep: [stats] }));
  // @ts-expect-error undefined in an array
  net.entrypoint({}, () => [process.env.PATH]);
  // @ts-expect-error a bigint
  net.entrypoint({}, () => 1n);
  // @ts-expect-error a bigint in it
  net.entrypoint({}, () => ({ n: 1n }));
  // @ts-expect-error a symbol
  net.entrypoint({}, () => Symbol('a'));
  // @ts-expect-error a function
  net.entrypoint({}, () => () => 1);
  // @ts-expect-error a class
  net.entrypoint({}, () => class {});
  // @ts-expect-error an error
  net.entrypoint({}, () => error);
  // @ts-expect-error other than bytes
  net.entrypoint({}, () => new Float32Array(1));
  // @ts-expect-error its contents are not seen
  net.entrypoint({}, () => new ArrayBuffer(1));
  // @ts-expect-error it has methods
  net.entrypoint({}, () => new URL('file:///'));
}

export function arrived() {
  const net = context('net', { user: 'svc-net' });
  const token = net.entrypoint({}, () => readFile('/etc/hostname'));
  // @ts-expect-error a Uint8Array knows no encodings
  return async () => (await token()).toString('utf8');
}

test('what is above compiles', () => {
  assert.ok(crossing.length + notCrossing.length + arrived.length > 0);
});

test.run();
