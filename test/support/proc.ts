import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** What the descriptors of a process are, as /proc tells it; empty when there is no such process. */
export function descriptorsOf(pid: number): string[] {
  return entries(`/proc/${pid}/fd`)
    .map((fd) => attempted(() => `${fd} ${readlinkSync(`/proc/${pid}/fd/${fd}`)}`))
    .filter((text) => text !== undefined);
}

export interface ProcessStatus {
  readonly pid: number;
  readonly name: string;
  /** One letter: Z is a zombie. */
  readonly state: string;
  readonly parent: number;
  readonly group: number;
}

/** Undefined when there is no such process. */
export function statusOf(pid: number): ProcessStatus | undefined {
  const text = attempted(() => readFileSync(`/proc/${pid}/stat`, 'latin1'));
  const [, name = '', state = '', parent = '', group = ''] =
    /^\d+ \((.*)\) (\S) (\d+) (\d+)/s.exec(text ?? '') ?? [];
  if (state === '') return undefined;
  return { pid, name, state, parent: Number(parent), group: Number(group) };
}

/** The processes that this one started and has not reaped, zombies included. */
export function childrenOf(pid: number): ProcessStatus[] {
  return everyProcess().filter(({ parent }) => parent === pid);
}

export function everyProcess(): ProcessStatus[] {
  return entries('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => statusOf(Number(name)))
    .filter((status) => status !== undefined);
}

/** Whether it runs: a zombie does not. */
export function isAlive(pid: number): boolean {
  const { state = 'Z' } = statusOf(pid) ?? {};
  return state !== 'Z' && state !== 'X';
}

/** Bytes of memory in use. */
export function residentBytes(pid: number): number {
  const [, kib = '0'] =
    /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? [];
  return Number(kib) * 1024;
}

function entries(directory: string): string[] {
  return attempted(() => readdirSync(directory)) ?? [];
}

/** Processes and descriptors may go while they are looked at. */
function attempted<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
