import type { Logger } from '../contexts/entrypoint.js';
import { textOf } from '../run/thrown.js';
import type { Channel } from '../wire/channel.js';
import { type FromHelper, LOG_LEVELS, type LogLevel, type ToHelper } from '../wire/messages.js';

/** Characters of a message. */
const LONGEST = 8 * 1024;

/** Sends what is said to the service's logger. Who does not read misses some of it, and is told so. */
export class ChannelLog {
  readonly #channel: Channel<ToHelper, FromHelper>;
  #isFull = false;
  #missed = 0;

  constructor(channel: Channel<ToHelper, FromHelper>) {
    this.#channel = channel;
  }

  /** @param name the function that speaks, where that is known */
  logger(name?: string): Logger {
    const voices = LOG_LEVELS.map((level) => [
      level,
      (message: unknown) => this.#say(level, textOf(message), name),
    ]);
    return Object.freeze(Object.fromEntries(voices)) as Logger;
  }

  /** The service has read what it had not. */
  drained(): void {
    this.#isFull = false;
    if (this.#missed === 0) return;
    const message = `${this.#missed} messages were dropped, since the service did not read them`;
    this.#missed = 0;
    this.#say('warn', message, undefined);
  }

  #say(level: LogLevel, text: string, name: string | undefined): void {
    if (this.#isFull) {
      this.#missed++;
      return;
    }
    const message = text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 3)}...`;
    const function_ = name === undefined ? {} : { function: name };
    this.#isFull = !this.#channel.send({ type: 'log', level, message, ...function_ });
  }
}
