/** Something to be measured. */
export interface Contestant {
  readonly name: string;
  /** Does the thing once or a few times. @returns what each took, in nanoseconds */
  measure(): number | readonly number[] | Promise<number | readonly number[]>;
}

/** How often. Rounds to warm up are measured and thrown away. */
export interface Effort {
  readonly warmUp: number;
  readonly rounds: number;
}

/** Nanoseconds by contestant, in the order in which they were measured. */
export type Times = ReadonlyMap<string, readonly number[]>;

/** Calls ahead of those in a row that count. */
export const UNCOUNTED = 3;

/** All contestants take turns in every round, so that what disturbs the machine hits all alike. */
export async function takeTurns(
  contestants: readonly Contestant[],
  { warmUp, rounds }: Effort,
): Promise<Times> {
  const times = new Map(contestants.map(({ name }): [string, number[]] => [name, []]));
  for (let round = -warmUp; round < rounds; round++) {
    for (const { name, measure } of contestants) {
      const took = [await measure()].flat();
      if (round >= 0) times.get(name)?.push(...took);
    }
  }
  return times;
}

/** Nanoseconds until the function is done. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - start);
}

/**
 * Does it so often, one after the other, and a few times before that: what others have done in the
 * meantime has emptied the processor's caches.
 *
 * @returns nanoseconds of each
 */
export async function timedEach(count: number, work: () => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (let i = -UNCOUNTED; i < count; i++) {
    const took = await timed(work);
    if (i >= 0) times.push(took);
  }
  return times;
}
