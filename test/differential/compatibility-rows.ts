import { readFileSync } from 'node:fs';

const TABLE = new URL('../../../docs/compatibility.md', import.meta.url);

export interface Row {
  readonly id: string;
  /** The files that show it, as paths in this repository. */
  readonly tests: readonly string[];
}

/** The rows of the tables in docs/compatibility.md. */
export function rows(): Row[] {
  const text = readFileSync(TABLE, 'utf8');
  return [...text.matchAll(/^\| `([a-z0-9-]+)` \|.* \| ([^|]*) \|$/gm)].map(
    ([, id = '', tests = '']) => ({
      id,
      tests: [...tests.matchAll(/`([^`]+)`/g)].map(([, path = '']) => path),
    }),
  );
}
