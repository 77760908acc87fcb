import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * The top of the repository that this process works in, which code hosts name files from; without
 * one, the working directory.
 */
export function repositoryRoot(): string {
  const here = workingDirectory();
  for (let directory = here; ; directory = dirname(directory)) {
    if (existsSync(join(directory, '.git'))) return directory;
    if (directory === dirname(directory)) return here;
  }
}

function workingDirectory(): string {
  try {
    return process.cwd();
  } catch {
    return '/'; // it is gone, and nothing lies below it
  }
}
