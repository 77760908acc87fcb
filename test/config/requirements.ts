import { test } from 'uvu';

/** A test that only some machines can run: elsewhere it says so and passes. */
export function testWhere(met: boolean, needs: string, title: string, body: () => void): void {
  if (met) test(title, body);
  else console.log(`SKIP: needs ${needs}: ${title}`);
}

export const isRoot = process.geteuid?.() === 0;
