import { readdirSync, readFileSync } from 'node:fs';
import type { Holdings } from '../contexts/assignment.js';

/** A thread of this process holds something else than it should. */
export class HoldingsError extends Error {
  override readonly name = 'HoldingsError';
}

/** Lists of threads that differ from each other; a process that starts threads that fast has gone mad. */
const MOST_LISTS = 100;

/**
 * Reads from /proc what every thread of this process holds: capabilities and ids are each thread's own,
 * and Node has several. Threads may come and go meanwhile; a new one is seen in the next list.
 *
 * @param tasks for tests
 * @throws {HoldingsError} with all that differs, or that /proc does not tell
 */
export function verifyThreads(holds: Holdings, tasks = '/proc/self/task'): void {
  const verified = new Set<string>();
  for (let lists = 0; lists < MOST_LISTS; lists++) {
    const threads = attempted(() => readdirSync(tasks)) ?? [];
    if (threads.length === 0) throw new HoldingsError(`no thread is to be seen in ${tasks}`);
    const fresh = threads.filter((thread) => !verified.has(thread));
    if (fresh.length === 0) return;
    for (const thread of fresh) {
      const status = attempted(() => readFileSync(`${tasks}/${thread}/status`, 'latin1'));
      if (status === undefined) continue; // it has ended
      const faults = faultsOf(status, holds);
      if (faults.length > 0) {
        throw new HoldingsError(
          `thread ${thread} does not hold what it should: ${faults.join('; ')}`,
        );
      }
      verified.add(thread);
    }
  }
  throw new HoldingsError('the threads of this process change too fast to be verified');
}

/** What a status of proc(5) says otherwise than it should, or does not say. */
export function faultsOf(status: string, holds: Holdings): string[] {
  const lines = status.split('\n').map((line): [string, string] => {
    const [, name = '', value = ''] = /^(\w+):(.*)$/.exec(line) ?? [];
    return [name, value.trim()];
  });
  const { uid, gid, groups, umask } = holds;
  const mask = holds.capabilities.reduce((bits, number) => bits | (1n << BigInt(number)), 0n);
  const set = mask.toString(16).padStart(16, '0');
  const expected: [name: string, value: string][] = [
    ['Uid', four(uid)], // real, effective, saved, of the file system
    ['Gid', four(gid)],
    ['Groups', ascending(groups)],
    ['CapInh', set],
    ['CapPrm', set],
    ['CapEff', set],
    ['CapBnd', set],
    ['CapAmb', set],
    ['NoNewPrivs', '1'],
    ['Umask', umask.toString(8).padStart(4, '0')],
  ];
  return expected.flatMap(([name, value]) => {
    const said = lines.filter(([other]) => other === name).map(([, text]) => text);
    const [text] = said;
    if (said.length !== 1 || text === undefined) return [`${name} is not told`];
    const is = normal(name, text);
    return is === value ? [] : [`${name} is ${is || 'empty'} instead of ${value || 'empty'}`];
  });
}

function normal(name: string, text: string): string {
  const words = text.split(/\s+/).filter((word) => word !== '');
  return name === 'Groups' ? ascending(words.map(Number)) : words.join(' ');
}

function four(id: number): string {
  return Array(4).fill(id).join(' ');
}

function ascending(ids: readonly number[]): string {
  return [...new Set(ids)].sort((a, b) => a - b).join(' ');
}

/** Undefined when it is not there any more. */
function attempted<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw new HoldingsError(`what the threads hold cannot be read: ${(error as Error).message}`);
  }
}
