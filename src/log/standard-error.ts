import { posix } from '../posix/addon.js';
import { escapeControls } from './escape.js';

/** How long (ms) a reader of standard error that has no room is waited for, in all. */
const MAX_WAIT_MS = 1000;

/**
 * One line on standard error: `NAME: MESSAGE`, safe for a terminal.
 *
 * @param patienceMs how long to wait for a reader in all; what then has no room is not written
 */
export function complain(name: string, message: string, patienceMs = MAX_WAIT_MS): void {
  write(`${escapeControls(`${name}: ${message}`)}\n`, patienceMs);
}

/**
 * The standard error of a process that serves others: it waits for no reader. What a reader had no
 * room for is counted, and told when there is room again.
 */
export class UnwaitedStandardError {
  readonly #name: string;
  #lost = 0;
  /** The last line was written in part. */
  #isTorn = false;

  constructor(name: string) {
    this.#name = name;
  }

  complain(message: string): void {
    if (this.#lost > 0 && !this.#write(`${lostMessages(this.#lost)} here: nobody read them`)) {
      this.#lost++;
      return;
    }
    this.#lost = 0;
    if (!this.#write(message)) this.#lost = 1;
  }

  #write(message: string): boolean {
    const line = `${this.#isTorn ? '\n' : ''}${escapeControls(`${this.#name}: ${message}`)}\n`;
    const { wrote, whole } = write(line, 0);
    if (wrote > 0) this.#isTorn = !whole;
    return whole;
  }
}

export function lostMessages(count: number): string {
  return count === 1 ? '1 message was lost' : `${count} messages were lost`;
}

/** Where there is nobody to tell, nothing was written. */
function write(line: string, patienceMs: number): { wrote: number; whole: boolean } {
  const bytes = Buffer.from(line);
  try {
    const wrote = posix.writeWithin(2, bytes, patienceMs);
    return { wrote, whole: wrote === bytes.length };
  } catch {
    return { wrote: 0, whole: false };
  }
}
