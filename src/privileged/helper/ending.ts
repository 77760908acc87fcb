import { writeSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { escapeControls } from '../../log/escape.js';
import { posix } from '../../posix/addon.js';
import { textOf } from '../run/thrown.js';
import type { Channel } from '../wire/channel.js';
import type { FromHelper, ToHelper } from '../wire/messages.js';
import { EXIT } from './exit-code.js';

/** Milliseconds that the service has to read the last words. */
const LAST_WORDS = 1000;

/** How this process ends: said on the channel and on standard error, by one who knows why. */
export class Ending {
  readonly #channel: Channel<ToHelper, FromHelper>;
  readonly #output: Writable;
  /** Of the context, for standard error, where several helpers may speak. */
  readonly #name: string;
  #hasBegun = false;

  constructor(channel: Channel<ToHelper, FromHelper>, output: Writable, name: string) {
    this.#channel = channel;
    this.#output = output;
    this.#name = name;
  }

  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** Whatever nobody catches, and whoever ends the process in our place, ends here. */
  watch(): void {
    process.on('uncaughtException', (error, origin) => {
      const what = origin === 'unhandledRejection' ? 'a rejection' : 'an exception';
      this.fatal(`${what} that nobody caught: ${told(error)}`);
    });
    process.on('exit', (code) => {
      if (this.#hasBegun) return;
      posix.deadline(LAST_WORDS);
      this.#say(
        `a function called process.exit(${code}), which ends all others; let it throw instead`,
      );
      process.exitCode = EXIT.exited;
    });
  }

  /** Says why and ends the process, as soon as that has been read. */
  fatal(message: string, code: number = EXIT.fatal): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    posix.deadline(2 * LAST_WORDS); // even if nobody reads standard error
    this.#say(message);
    const exit = () => process.exit(code);
    setTimeout(exit, LAST_WORDS);
    if (this.#channel.closed) exit();
    this.#output.once('finish', exit);
    this.#output.once('close', exit);
    this.#channel.send({ type: 'fatal', message });
    this.#channel.end();
  }

  /** Ends the process, whose channel is closed. */
  now(code: number = EXIT.done, message?: string): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    if (message !== undefined) this.#say(message);
    process.exit(code);
  }

  #say(message: string): void {
    try {
      writeSync(2, `tsrootwrap-privileged: context ${this.#name}: ${escapeControls(message)}\n`);
    } catch {
      // nobody reads it
    }
  }
}

function told(error: unknown): string {
  return error instanceof Error ? textOf(error.message) : textOf(error);
}
