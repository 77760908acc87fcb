import { lstatSync, writeSync } from 'node:fs';
import { posix } from '../posix/addon.js';
import { escapeControls } from './escape.js';

/** Levels with the numbers of Python's logging, in which syslog_log_level is told. */
export const LEVEL = { INFO: 20, WARNING: 30, ERROR: 40 } as const;

/** Their priorities in syslog.h. */
const PRIORITY = { [LEVEL.INFO]: 6, [LEVEL.WARNING]: 4, [LEVEL.ERROR]: 3 } as const;

/** Milliseconds that a full pipe on standard error is waited for, in all and at a time. */
const LONGEST_WAIT = 1000;
const WAIT = 10;

/** Receivers drop or cut longer messages; a caller must not hide its command by its length. */
const MOST_CHARACTERS = 4096;

export interface SyslogSettings {
  readonly useSyslog: boolean;
  /** Number of the facility in syslog.h: LOG_SYSLOG is 40. */
  readonly syslogFacility: number;
  /** Messages below this level are not sent. */
  readonly syslogLevel: number;
}

/** Where decisions are reported: standard error for the caller, syslog for whoever keeps watch. */
export class Log {
  readonly #name: string;
  readonly #settings: SyslogSettings;

  /** @param name the program's name as it was called, put before each message */
  constructor(name: string, settings: SyslogSettings) {
    this.#name = escapeControls(name);
    this.#settings = settings;
    if (settings.useSyslog && !isSocket('/dev/log')) {
      complain(name, 'use_syslog is set, but there is no /dev/log: start a syslog daemon');
    }
  }

  /** A command that runs: to syslog, where the level asks for it; else nothing is put together. */
  info(message: () => string): void {
    if (this.#sends(LEVEL.INFO)) this.#send(LEVEL.INFO, message());
  }

  warning(message: string): void {
    this.#send(LEVEL.WARNING, message);
    complain(this.#name, message);
  }

  /**
   * A refusal or a failure: to syslog, and always on standard error. That comes last, since it may
   * be a full pipe of the caller's, who then ends this process while it waits.
   *
   * @param record what syslog gets, where that must not be all that the caller may see
   */
  error(message: string, record = message): void {
    this.#send(LEVEL.ERROR, record);
    complain(this.#name, message);
  }

  #send(level: keyof typeof PRIORITY, message: string): void {
    if (!this.#sends(level)) return;
    // syslog(3) writes local time: by the machine's zone, not by the caller's, nor from its file.
    // The command still gets TZ: its environment is read from where this process was given it.
    if (process.env.TZ !== undefined) delete process.env.TZ;
    posix.syslog(
      this.#name,
      this.#settings.syslogFacility,
      PRIORITY[level],
      shorten(escapeControls(message)),
    );
  }

  #sends(level: number): boolean {
    return this.#settings.useSyslog && level >= this.#settings.syslogLevel;
  }
}

/** One line on standard error: `NAME: MESSAGE`, safe for a terminal. */
export function complain(name: string, message: string): void {
  const line = Buffer.from(`${escapeControls(`${name}: ${message}`)}\n`);
  let waited = 0;
  for (let sent = 0; sent < line.length; ) {
    try {
      sent += writeSync(2, line, sent);
    } catch (error) {
      // a caller's pipe may be non-blocking and full; any other failure leaves nobody to tell
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN' || waited >= LONGEST_WAIT) return;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WAIT);
      waited += WAIT;
    }
  }
}

function shorten(message: string): string {
  const rest = message.length - MOST_CHARACTERS;
  return rest > 0 ? `${message.slice(0, MOST_CHARACTERS)}... (${rest} more)` : message;
}

function isSocket(path: string): boolean {
  try {
    return lstatSync(path).isSocket() || lstatSync(path).isSymbolicLink(); // systemd links it
  } catch {
    return false;
  }
}
