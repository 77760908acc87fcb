import { setTimeout as wait } from 'node:timers/promises';

/** Milliseconds after which what was waited for counts as never coming: far above any real wait. */
const LONGEST = 120_000;

/**
 * Waits for as long as it takes, which is no part of any test.
 *
 * @param what for the error, when it never comes
 */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
): Promise<void> {
  const end = performance.now() + LONGEST;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`never came: ${what}`);
    await wait(10);
  }
}

/** The same for a promise: a test fails instead of hanging. */
export async function patiently<T>(what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const never = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`never came: ${what}`)), LONGEST);
  });
  try {
    return await Promise.race([promise, never]);
  } finally {
    clearTimeout(timer);
  }
}
