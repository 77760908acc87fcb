import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Policy } from '#src/policy/policy.js';
import { temporaryDirectory } from '../support/policy-files.js';

/** One policy on disk, for both sides. */
export interface PolicyOnDisk {
  readonly filters: readonly string[];
  readonly execDirs: readonly string[];
  /** All filter files, for a message. */
  readonly text: string;
  load(): Policy;
}

let root: string | undefined;
let count = 0;

/** @param files contents of filter files, in the order in which they are to be read */
export function writePolicy(files: readonly string[], execDirs: readonly string[]): PolicyOnDisk {
  root ??= temporaryDirectory();
  const directory = join(root, String(count++));
  const filters = join(directory, 'filters.d');
  mkdirSync(filters, { recursive: true });
  for (const [index, text] of files.entries())
    writeFileSync(join(filters, `${index}.filters`), text);
  const config = join(directory, 'rootwrap.conf');
  writeFileSync(config, `[DEFAULT]\nfilters_path = filters.d\nexec_dirs = ${execDirs.join(',')}\n`);
  return {
    filters: [filters],
    execDirs,
    text: files.join('\n'),
    load: () => Policy.load(config),
  };
}
