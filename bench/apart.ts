import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { PartName } from './apart-process.js';
import { ENVIRONMENT } from './programs.js';
import type { Part, Section } from './section.js';

/**
 * A part that runs in a process of its own: child_process copies the process that it starts from, so
 * what earlier parts have left in memory would count.
 */
export function apart(name: PartName): Part {
  return async (quick) => {
    const child = fork(join(import.meta.dirname, 'apart-process.js'), [name], {
      env: { ...ENVIRONMENT, ...(quick && { QUICK: 'yes' }) },
      execArgv: [],
    });
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`the process of the part ${name} has ended with ${code}`);
    });
    const [section] = (await Promise.race([once(child, 'message'), ended])) as [Section];
    ended.catch(() => {});
    child.disconnect();
    return section;
  };
}
