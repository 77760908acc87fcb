import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { format } from 'node:util';
import type { Logger } from '../contexts/entrypoint.js';
import { textOf } from '../run/thrown.js';
import type { LogLevel } from '../wire/messages.js';

/** Which method speaks with which voice. */
const LEVELS: Readonly<Record<string, LogLevel>> = {
  debug: 'debug',
  log: 'info',
  info: 'info',
  warn: 'warn',
  error: 'error',
};

/** From now on all that modules say by `console` goes to the logger, and not to standard output. */
export function consoleTo(log: Logger): void {
  // the methods with memory or a form of their own (count, table, time) write through these
  const rest = new Console({ stdout: lines(log.info), stderr: lines(log.error) });
  const { log: _log, ...methods } = rest as unknown as Record<string, unknown>;
  for (const [name, method] of Object.entries(methods)) {
    if (typeof method === 'function') Reflect.set(console, name, method);
  }
  for (const [name, level] of Object.entries(LEVELS)) {
    Reflect.set(console, name, (...words: unknown[]) => log[level](formatted(words)));
  }
}

/** Each line that is written is a message of its own. */
function lines(say: (message: string) => void): Writable {
  return new Writable({
    decodeStrings: false,
    write(text: string, _encoding, done) {
      for (const line of text.replace(/\n$/, '').split('\n')) say(line);
      done();
    },
  });
}

function formatted(words: readonly unknown[]): string {
  try {
    return format(...words);
  } catch {
    return words.map(textOf).join(' ');
  }
}
