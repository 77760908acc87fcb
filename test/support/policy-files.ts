import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Policy } from '#src/policy/policy.js';

// Directories that a group may write to are another case, which tests make where they mean it.
process.umask(0o022);

const made: string[] = [];

process.on('exit', () => {
  for (const directory of made) rmSync(directory, { recursive: true, force: true });
});

/** An empty directory, removed when the process ends. Its path is canonical. */
export function temporaryDirectory(): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'tsrootwrap-')));
  made.push(directory);
  return directory;
}

/** Writes an executable shell script and returns its path. */
export function script(path: string, body = 'exit 0'): string {
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
}

export interface PolicyFiles {
  readonly directory: string;
  readonly config: string;
  /** The directory that exec_dirs names; empty. */
  readonly bin: string;
}

/**
 * A rootwrap.conf with one filter file beside it.
 *
 * @param filters the lines under [Filters]
 * @param settings further lines under [DEFAULT]; exec_dirs defaults to an empty `bin` directory
 */
export function policyFiles(filters: string, settings = 'exec_dirs = bin'): PolicyFiles {
  const directory = temporaryDirectory();
  const config = join(directory, 'rootwrap.conf');
  const bin = join(directory, 'bin');
  mkdirSync(bin);
  mkdirSync(join(directory, 'filters.d'));
  writeFileSync(config, `[DEFAULT]\nfilters_path = filters.d\n${settings}\n`);
  writeFileSync(join(directory, 'filters.d', 'test.filters'), `[Filters]\n${filters}\n`);
  return { directory, config, bin };
}

/** A policy of these filters, in which every named program is there: an empty script in exec_dirs. */
export function policyOf(filters: string, programs: readonly string[] = []): Policy {
  const { config, bin } = policyFiles(filters);
  for (const program of programs) script(join(bin, program));
  return Policy.load(config);
}
