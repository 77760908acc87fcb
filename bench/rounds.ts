/** Something to be measured. */
export interface Contestant {
  readonly name: string;
  /** Does the thing once. @returns what it took, in nanoseconds */
  measure(): number | Promise<number>;
}

/** How often. Rounds to warm up are measured and thrown away. */
export interface Effort {
  readonly warmUp: number;
  readonly rounds: number;
}

/** Nanoseconds by contestant, one of each round, in the order of the rounds. */
export type Times = ReadonlyMap<string, readonly number[]>;

/** All contestants take turns in every round, so that what disturbs the machine hits all alike. */
export async function takeTurns(
  contestants: readonly Contestant[],
  { warmUp, rounds }: Effort,
): Promise<Times> {
  const times = new Map(contestants.map(({ name }): [string, number[]] => [name, []]));
  for (let round = -warmUp; round < rounds; round++) {
    for (const { name, measure } of contestants) {
      const took = await measure();
      if (round >= 0) times.get(name)?.push(took);
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
