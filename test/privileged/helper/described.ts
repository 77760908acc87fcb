import type { Description } from '#src/privileged/contexts/description.js';
import { helperCommand } from '#src/privileged/start/helper-program.js';
import { type RunOptions, run } from '../../support/executable.js';

export interface Described {
  /** Undefined when it refused. */
  readonly description: Description | undefined;
  readonly stderr: string;
  readonly status: number | null;
}

/** What `describe DIRECTORY WORD...` says, in a process of its own. */
export function described(
  directory: string,
  words: readonly string[] = [],
  options: RunOptions = {},
): Described {
  const { file, argv } = helperCommand('describe', directory, ...words);
  // the end of a pipe there would be our own end
  const stdio: RunOptions['stdio'] = ['ignore', 'pipe', 'pipe'];
  const { status, stdout, stderr } = run(file, argv.slice(1), { stdio, ...options });
  return { status, stderr, description: status === 0 ? JSON.parse(stdout) : undefined };
}
