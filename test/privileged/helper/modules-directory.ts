import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { temporaryDirectory } from '../../support/policy-files.js';

/** What modules of these tests begin with. */
export const BEGIN = `
  import { context } from 'tsrootwrap/privileged';
  const test = context('test', { user: 'nobody' });
`;

/** A directory with these files, by their paths in it, that everybody may read. */
export function directoryOf(files: Readonly<Record<string, string>>): string {
  const directory = temporaryDirectory();
  chmodSync(directory, 0o755);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  return directory;
}

/** A directory with one module of context `test`. */
export function moduleOf(body: string): string {
  return directoryOf({ 'module.mjs': `${BEGIN}\n${body}` });
}
