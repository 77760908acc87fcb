import { lstatSync, writeSync } from 'node:fs';
import { posix } from '../posix/addon.js';
import { escapeControls } from './escape.js';

/** Levels with the numbers of Python's logging, in which syslog_log_level is told. */
export const LEVEL = { INFO: 20, WARNING: 30, ERROR: 40 } as const;

/** Their priorities in syslog.h. */
const PRIORITY = { [LEVEL.INFO]: 6, [LEVEL.WARNING]: 4, [LEVEL.ERROR]: 3 } as const;

/** Bytes that a pipe, socket or terminal takes without blocking once it takes any (PIPE_BUF). */
const ALWAYS_FITS = 4096;

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
  readonly #serving: boolean;

  /**
   * @param name the program's name as it was called, put before each message
   * @param serving for a process that serves others: it does not wait for who reads its standard
   * error, and what it writes there is short
   */
  constructor(name: string, settings: SyslogSettings, serving = false) {
    this.#name = escapeControls(name);
    this.#settings = settings;
    this.#serving = serving;
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
    this.#complain(message);
  }

  /**
   * A refusal or a failure: to syslog, and always on standard error. That comes last, since it may
   * be a full pipe of the caller's, who then ends this process while it waits.
   *
   * @param record what syslog gets, where that must not be all that the caller may see
   */
  error(message: string, record = message): void {
    this.#send(LEVEL.ERROR, record);
    this.#complain(message);
  }

  #complain(message: string): void {
    if (this.#serving) complain(this.#name, shorten(message), 0);
    else complain(this.#name, message);
  }

  #send(level: keyof typeof PRIORITY, message: string): void {
    if (!this.#sends(level)) return;
    // syslog(3) writes local time: by the machine's zone, not by the caller's, nor from its file.
    // The command still gets TZ: its environment is read from where this process was given it.
    if (process.env.TZ !== undefined) delete process.env.TZ;
    // cut before, since escaping takes long, and after, since it makes longer
    const text = shorten(escapeControls(shorten(message)));
    posix.syslog(this.#name, this.#settings.syslogFacility, PRIORITY[level], text);
  }

  #sends(level: number): boolean {
    return this.#settings.useSyslog && level >= this.#settings.syslogLevel;
  }
}

/**
 * One line on standard error: `NAME: MESSAGE`, safe for a terminal.
 *
 * @param patience milliseconds to wait for a reader in all; what then has no room is not written
 */
export function complain(name: string, message: string, patience = LONGEST_WAIT): void {
  const line = Buffer.from(`${escapeControls(`${name}: ${message}`)}\n`);
  let waited = 0;
  for (let sent = 0; sent < line.length; ) {
    const wrote = posix.isWritable(2) ? write(line.subarray(sent, sent + ALWAYS_FITS)) : 0;
    if (wrote === undefined || (wrote === 0 && waited >= patience)) return;
    sent += wrote;
    if (wrote > 0) continue;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WAIT);
    waited += WAIT;
  }
}

/** Bytes written; 0 when there is no room, undefined when there is nobody to tell. */
function write(bytes: Uint8Array): number | undefined {
  try {
    return writeSync(2, bytes);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EAGAIN' ? 0 : undefined;
  }
}

/** Characters may be two units of a string, which belong together. */
function shorten(message: string): string {
  if (message.length <= MOST_CHARACTERS) return message;
  const kept = message.slice(0, MOST_CHARACTERS).replace(/[\ud800-\udbff]$/, '');
  return `${kept}... (${message.length - kept.length} more)`;
}

function isSocket(path: string): boolean {
  try {
    return lstatSync(path).isSocket() || lstatSync(path).isSymbolicLink(); // systemd links it
  } catch {
    return false;
  }
}
