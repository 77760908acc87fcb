import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '../support/policy-files.js';

let directory: string | undefined;

/** An empty directory but for files that patterns of a few characters match. */
function workingDirectory(): string {
  if (directory === undefined) {
    directory = join(temporaryDirectory(), 'here');
    mkdirSync(directory);
    for (const name of ['a', 'b', 'ab', '0', '=']) writeFileSync(join(directory, name), '');
  }
  return directory;
}

/**
 * The words that /bin/sh finds in each line, with everything in reach that a line could expand to:
 * files, a home, variables. There is no program that a line could call.
 */
export function shellWords(lines: readonly string[]): string[][] {
  const script = lines.map((line) => `set -- ${line}\nprintf '%s\\0' "$#" "$@"\n`).join('');
  const { stdout, stderr, status } = spawnSync('/bin/sh', ['-s', 'one', 'two'], {
    cwd: workingDirectory(),
    env: { PATH: '/nonexistent', HOME: '/home/of/sh', a: 'variable', LC_ALL: 'C.UTF-8' },
    input: script,
    encoding: 'utf8',
    timeout: 30_000,
  });
  if (status !== 0 || stderr !== '') throw new Error(`sh ended with ${status}: ${stderr}`);
  const told = stdout.split('\0');
  return lines.map(() => told.splice(0, 1 + Number(told[0])).slice(1));
}
