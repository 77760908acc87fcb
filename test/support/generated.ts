/**
 * Parameters for fast-check: a seed that is printed, and that TSROOTWRAP_SEED repeats.
 *
 * @param numRuns cases; TSROOTWRAP_RUNS asks for others
 */
export function generated(numRuns: number): { readonly seed: number; readonly numRuns: number } {
  const seed = Number(process.env.TSROOTWRAP_SEED ?? Date.now() % 2 ** 31) | 0;
  console.log(`seed ${seed}`);
  return { seed, numRuns: Number(process.env.TSROOTWRAP_RUNS ?? numRuns) };
}
