/** Milliseconds: the longest that one timer can wait. */
export const LONGEST_TIMER = 2_147_483_647;

/** Whether it is a time that one timer can wait: a whole number of milliseconds from 1. */
export function isMilliseconds(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= LONGEST_TIMER;
}
