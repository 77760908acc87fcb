import { join } from 'node:path';

const DIST = join(import.meta.dirname, '../..');

const FILES: ReadonlyMap<string, string> = new Map([
  ['tsrootwrap', join(DIST, 'index.js')],
  ['tsrootwrap/client', join(DIST, 'client/index.js')],
  ['tsrootwrap/client/testing', join(DIST, 'client/testing/index.js')],
  ['tsrootwrap/privileged', join(DIST, 'privileged/index.js')],
  ['tsrootwrap/privileged/testing', join(DIST, 'privileged/testing.js')],
]);

/**
 * The file of this package that a specifier means. Privileged modules must meet the very contexts that
 * the helper knows, wherever another copy of the package may lie.
 *
 * @returns undefined for what is not this package's
 */
export function ownFile(specifier: string): string | undefined {
  const file = FILES.get(specifier);
  if (file === undefined && /^tsrootwrap(\/|$)/.test(specifier)) {
    throw new Error(`tsrootwrap has no ${specifier}; import tsrootwrap/privileged`);
  }
  return file;
}
