import type { Description } from '#src/privileged/contexts/description.js';
import { LOADING_FLAGS } from '#src/privileged/contexts/node-flags.js';
import { type RunOptions, run } from '../../support/executable.js';
import { MAIN } from './started.js';

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
  const args = [...LOADING_FLAGS, MAIN, 'describe', directory, ...words];
  // the end of a pipe there would be our own end
  const stdio: RunOptions['stdio'] = ['ignore', 'pipe', 'pipe'];
  const { status, stdout, stderr } = run(process.execPath, args, { stdio, ...options });
  return { status, stderr, description: status === 0 ? JSON.parse(stdout) : undefined };
}
