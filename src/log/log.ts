import { lstatSync } from 'node:fs';
import { posix } from '../posix/addon.js';
import { resolvePath } from '../posix/resolve-path.js';
import { cutText } from './cut-text.js';
import { escapeControls } from './escape.js';
import { complain, UnwaitedStandardError } from './standard-error.js';
import { SystemLog, type SystemMessage } from './system-log.js';
import { type Asker, askedBy } from './wording.js';

/** Levels with the numbers of Python's logging, in which syslog_log_level is told. */
export const LEVEL = { INFO: 20, WARNING: 30, ERROR: 40 } as const;

/** Their priorities in syslog.h. */
const PRIORITY = { [LEVEL.INFO]: 6, [LEVEL.WARNING]: 4, [LEVEL.ERROR]: 3 } as const;

/** Of UTF-8. Receivers drop or cut longer messages; a caller must not hide its command by its length. */
const MAX_BYTES = 4096;

/** Names of users that are remembered. Whoever connects to a daemon has one. */
const MAX_NAMES = 1000;

export interface LogSettings {
  /** The rootwrap.conf that these are from. */
  readonly file: string;
  readonly useSyslog: boolean;
  /** Number of the facility in syslog.h: LOG_SYSLOG is 40. */
  readonly syslogFacility: number;
  /** Messages below this level are not sent. */
  readonly syslogLevel: number;
  /** Whether a command whose record syslog does not take must not run. */
  readonly logRequired: boolean;
}

/** A command that `log_required` does not let run. */
export class UnloggedError extends Error {
  override name = 'UnloggedError';

  /** @param code errno's name */
  constructor(code: string) {
    super(
      `/dev/log takes no message (${code}), and log_required in rootwrap.conf lets nothing run that is not logged; see that the syslog daemon runs and reads`,
    );
  }
}

/** Where decisions are reported: standard error for the caller, syslog for whoever keeps watch. */
export class Log {
  readonly #name: string;
  readonly #syslog: SystemLog;
  /** Of a process that serves others. */
  readonly #unwaited: UnwaitedStandardError | undefined;
  readonly #names = new Map<number, string>();
  #settings: LogSettings;
  /** The configuration's canonical path: a caller may have named a link of its own. */
  #file: string;

  /**
   * @param name the program's name as it was called, put before each message
   * @param isServing for a process that serves others: it waits for none of its logs, and what it
   * writes to standard error is short
   */
  constructor(name: string, settings: LogSettings, isServing = false) {
    this.#name = escapeControls(name);
    this.#settings = settings;
    this.#file = canonical(settings.file);
    this.#unwaited = isServing ? new UnwaitedStandardError(this.#name) : undefined;
    this.#syslog = new SystemLog(isServing);
    this.#syslog.onLoss = (why) =>
      this.#complain(`syslog takes no messages (${why}), they are lost: see to its daemon`);
    this.#requireReceiver();
  }

  /** Follows these settings from now on. */
  use(settings: LogSettings): void {
    this.#settings = settings;
    this.#file = canonical(settings.file);
    this.#requireReceiver();
  }

  /**
   * A command that is about to run: to syslog, where the level asks for it; else nothing is put
   * together.
   *
   * @param message gets the name of the user who asked
   * @throws {UnloggedError} where it must be logged, and could not be
   */
  executing(asker: Asker, message: (caller: string) => string): void {
    if (!this.#sends(LEVEL.INFO)) return;
    const record = this.#record(LEVEL.INFO, this.#about(asker) + message(this.#nameOf(asker.uid)));
    if (!this.#settings.logRequired) {
      this.#syslog.send(record);
      return;
    }
    const why = this.#syslog.sendNow(record);
    if (why !== undefined) throw new UnloggedError(why);
  }

  /**
   * A request that was refused or failed: to syslog, and always on standard error. That comes last,
   * since it may be a full pipe of the caller's, who then ends this process while it waits.
   *
   * @param record what syslog gets, with who asked before it
   * @param shown what the caller sees, where that is not the same; a process that serves others has
   * the record on its standard error too
   */
  refused(asker: Asker, record: string, shown = record): void {
    const whole = this.#about(asker) + record;
    this.#send(LEVEL.ERROR, whole);
    this.#complain(this.#unwaited === undefined ? shown : whole);
  }

  /** Something of the program's own that only syslog is told. */
  info(message: () => string): void {
    if (this.#sends(LEVEL.INFO)) this.#send(LEVEL.INFO, message());
  }

  warning(message: string): void {
    this.#send(LEVEL.WARNING, message);
    this.#complain(message);
  }

  /** A failure that no request is the cause of: to syslog, and always on standard error. */
  error(message: string): void {
    this.#send(LEVEL.ERROR, message);
    this.#complain(message);
  }

  /** The end of a process that serves others: waits half a second for a syslog that lags behind. */
  close(): void {
    const lost = this.#syslog.close();
    if (lost > 0) this.#complain(`syslog did not take the last messages, ${lost} of them`);
  }

  #about(asker: Asker): string {
    return askedBy(asker, this.#nameOf(asker.uid), this.#file);
  }

  #nameOf(uid: number): string {
    let name = this.#names.get(uid);
    if (name !== undefined) return name;
    name = posix.userName(uid) ?? String(uid);
    if (this.#names.size >= MAX_NAMES) this.#names.clear();
    this.#names.set(uid, name);
    return name;
  }

  #complain(message: string): void {
    if (this.#unwaited === undefined) complain(this.#name, message);
    else this.#unwaited.complain(shorten(message));
  }

  #send(level: keyof typeof PRIORITY, message: string): void {
    if (this.#sends(level)) this.#syslog.send(this.#record(level, message));
  }

  #record(level: keyof typeof PRIORITY, message: string): SystemMessage {
    // The time is local: by the machine's zone, not by the caller's, nor from its file. The launcher
    // keeps TZ from Node; without it the command still gets TZ, which is read from where it was given.
    if (process.env.TZ !== undefined) delete process.env.TZ;
    return {
      ident: this.#name,
      facility: this.#settings.syslogFacility,
      priority: PRIORITY[level],
      // cut before, since escaping takes long, and after, since it makes longer
      text: shorten(escapeControls(shorten(message))),
    };
  }

  #sends(level: number): boolean {
    return this.#settings.useSyslog && level >= this.#settings.syslogLevel;
  }

  #requireReceiver(): void {
    if (!this.#settings.useSyslog || isSocket('/dev/log')) return;
    this.#complain('use_syslog is set, but there is no /dev/log: start a syslog daemon');
  }
}

function canonical(file: string): string {
  return resolvePath(file)?.path ?? file;
}

function shorten(message: string): string {
  const kept = cutText(message, MAX_BYTES);
  return kept === message ? message : `${kept}... (${message.length - kept.length} more)`;
}

function isSocket(path: string): boolean {
  try {
    return lstatSync(path).isSocket() || lstatSync(path).isSymbolicLink(); // systemd links it
  } catch {
    return false;
  }
}
