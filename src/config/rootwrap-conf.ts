import { resolvePath } from '../posix/resolve-path.js';
import { ConfigError } from './config-error.js';
import { type ConfigFile, type Entry, parseConfig } from './configparser.js';
import { type DaemonSettings, daemonSettings } from './daemon-settings.js';
import { type CheckRelative, directories, onePath } from './directories.js';
import { type EnvKeep, envKeep } from './env-keep.js';
import { readTrustedFile } from './trusted-file.js';
import { boolean, integer, MAX_INTEGER, wrongValue } from './values.js';

export type { DaemonSettings };

/** Something that is probably not what was meant, though oslo.rootwrap takes it too. */
export interface ConfigWarning {
  readonly file: string;
  readonly line: number;
  readonly problem: string;
}

/** What rootwrap.conf says, with oslo.rootwrap's defaults for what it does not say. */
export interface RootwrapConf {
  readonly file: string;
  /** Filters directories, absolute, in order; those that do not exist are to be skipped. */
  readonly filtersPath: readonly string[];
  /** Where executables are looked for, absolute, in order; undefined means the caller's PATH. */
  readonly execDirs: readonly string[] | undefined;
  /** Where those behind a prefix are; undefined means in `execDirs`, in the order of PATH. */
  readonly innerExecDirs: readonly string[] | undefined;
  readonly useSyslog: boolean;
  /** The number of syslog.h: `LOG_SYSLOG` is 40. */
  readonly syslogFacility: number;
  /** Python's logging level: 50 critical, 40 error, 30 warning, 20 info, 10 debug, 0 everything. */
  readonly syslogLevel: number;
  /** Whether nothing may run whose record syslog does not take. */
  readonly logRequired: boolean;
  /** Idle seconds after which the daemon ends, at most what one timer can wait (2147483). */
  readonly daemonTimeout: number;
  readonly daemon: DaemonSettings;
  /** The soft RLIMIT_NOFILE of the program and its commands; to be lowered only. */
  readonly rlimitNofile: number;
  /** Variables of the caller's that commands get besides the harmless ones. */
  readonly envKeep: EnvKeep;
  /** Where it is written, counted from 1; 0 where it is not. */
  readonly envKeepLine: number;
  /** Whether a command that signal N ended gives exit status 128+N, as under oslo.rootwrap. */
  readonly signalExitCode: boolean;
  /** Whether `CommandFilter, privsep-helper, root` is added, as oslo.rootwrap always does. */
  readonly privsepHelper: boolean;
  /** The file to which each decision is appended, absolute; undefined means none. */
  readonly observe: string | undefined;
  /** The directory of the privileged modules, absolute; undefined means that there are none. */
  readonly privilegedModules: string | undefined;
  /** What the other sections hold themselves; `contextOverrides` reads it. */
  readonly sections: ReadonlyMap<string, readonly Entry[]>;
  readonly warnings: readonly ConfigWarning[];
}

/** The numbers of syslog.h before their shift, under Python's names (`SysLogHandler`). */
const FACILITIES: ReadonlyMap<string, number> = new Map([
  ['kern', 0],
  ['user', 1],
  ['mail', 2],
  ['daemon', 3],
  ['auth', 4],
  ['syslog', 5],
  ['lpr', 6],
  ['news', 7],
  ['uucp', 8],
  ['cron', 9],
  ['authpriv', 10],
  ['ftp', 11],
  ['ntp', 12],
  ['security', 13],
  ['console', 14],
  ['solaris-cron', 15],
  ['local0', 16],
  ['local1', 17],
  ['local2', 18],
  ['local3', 19],
  ['local4', 20],
  ['local5', 21],
  ['local6', 22],
  ['local7', 23],
]);

const LOG_SYSLOG = 5 << 3;

const LEVELS: ReadonlyMap<string, number> = new Map([
  ['CRITICAL', 50],
  ['FATAL', 50],
  ['ERROR', 40],
  ['WARN', 30],
  ['WARNING', 30],
  ['INFO', 20],
  ['DEBUG', 10],
  ['NOTSET', 0],
]);

const LEVEL_ERROR = 40;
const LEVEL_INFO = 20;

/** With four descriptors or fewer oslo.rootwrap cannot start any command. */
const MIN_NOFILE = 5;
/** Seconds; a longer setTimeout would fire at once. */
const LONGEST_TIMER = 2_147_483;

/**
 * Reads rootwrap.conf, which must be root's when this runs as root.
 *
 * @throws {ConfigError} as `readTrustedFile` and `parseRootwrapConf`
 */
export function readRootwrapConf(file: string): RootwrapConf {
  return parseRootwrapConf(readTrustedFile(file), file, (entry) => requireFixedPlace(file, entry));
}

/**
 * A caller's own link to root's file would let relative paths in it start at the caller's
 * directory: what they name is only root's if root alone decides where this file is found.
 */
function requireFixedPlace(file: string, { key, line }: Entry): void {
  if (process.geteuid?.() !== 0 || resolvePath(file)?.exchangeable === false) return;
  throw new ConfigError(
    file,
    line,
    `${key} has a relative path, but others could replace this file or a directory above it; write absolute paths`,
  );
}

/**
 * The settings in a rootwrap.conf's text: those of `[DEFAULT]`, by the rules of oslo.rootwrap's
 * `RootwrapConfig`. Unknown keys are ignored, and what other sections say is not looked at. Relative paths are taken from the
 * file's directory.
 *
 * @throws {ConfigError} with file and line for what the dialect's strict reading or a value's rule
 * refuses
 */
export function parseRootwrapConf(
  text: string,
  file: string,
  checkRelative: CheckRelative = () => {},
): RootwrapConf {
  const config = parseConfig(text, file, { strict: true });
  const warnings: ConfigWarning[] = [];
  const warn = ({ line }: Entry, problem: string) => warnings.push({ file, line, problem });

  const filtersPath = config.default('filters_path');
  if (filtersPath === undefined) {
    throw new ConfigError(
      file,
      0,
      'filters_path is missing; write `filters_path = DIRECTORY` under [DEFAULT]',
    );
  }
  const execDirs = config.default('exec_dirs');
  const innerExecDirs = config.default('inner_exec_dirs');

  return {
    file,
    filtersPath: directories(config, filtersPath, warn, checkRelative),
    execDirs: execDirs && directories(config, execDirs, warn, checkRelative),
    innerExecDirs: innerExecDirs && directories(config, innerExecDirs, warn, checkRelative),
    useSyslog: boolean(config, 'use_syslog', false),
    syslogFacility: facility(config),
    syslogLevel: level(config),
    logRequired: logRequired(config),
    daemonTimeout: daemonTimeout(config, warnings),
    daemon: daemonSettings(config, checkRelative),
    rlimitNofile: rlimitNofile(config),
    envKeep: envKeep(config),
    envKeepLine: config.default('env_keep')?.line ?? 0,
    signalExitCode: boolean(config, 'signal_exit_code', false),
    privsepHelper: boolean(config, 'privsep_helper', true),
    observe: onePath(config, 'observe', 'file', checkRelative),
    privilegedModules: onePath(config, 'privileged_modules', 'directory', checkRelative),
    sections: config.ownEntries,
    warnings,
  };
}

/** -1 does not limit: to oslo.rootwrap as well it is no number of files. */
function rlimitNofile(config: ConfigFile): number {
  const key = 'rlimit_nofile';
  if (config.default(key)?.value === '-1') return MAX_INTEGER;
  return integer(config, key, 1024, MIN_NOFILE);
}

/** `auth` as syslog.conf writes it or `LOG_AUTH` as syslog.h does; both spellings are exact. */
function facility(config: ConfigFile): number {
  const entry = config.default('syslog_log_facility');
  if (entry === undefined) return LOG_SYSLOG;
  const number = FACILITIES.get(facilityName(entry.value));
  if (number !== undefined) return number << 3;
  throw wrongValue(config, entry, `one of ${[...FACILITIES.keys()].join(', ')}`);
}

function facilityName(value: string): string {
  if (!/^LOG_[A-Z0-9]+$/.test(value)) return value;
  return value === 'LOG_SOLCRON' ? 'solaris-cron' : value.slice(4).toLowerCase();
}

function level(config: ConfigFile): number {
  const entry = config.default('syslog_log_level');
  if (entry === undefined) return LEVEL_ERROR;
  const number = LEVELS.get(entry.value.toUpperCase());
  if (number !== undefined) return number;
  throw wrongValue(config, entry, `one of ${[...LEVELS.keys()].join(', ')}`);
}

/** What is never logged cannot be required to be. */
function logRequired(config: ConfigFile): boolean {
  const key = 'log_required';
  const isRequired = boolean(config, key, false);
  if (isRequired && !(boolean(config, 'use_syslog', false) && level(config) <= LEVEL_INFO)) {
    throw new ConfigError(
      config.file,
      config.default(key)?.line ?? 0,
      `${key} is true, but commands that run are not logged; write \`use_syslog = true\` and \`syslog_log_level = INFO\` too`,
    );
  }
  return isRequired;
}

function daemonTimeout(config: ConfigFile, warnings: ConfigWarning[]): number {
  const key = 'daemon_timeout';
  const seconds = integer(config, key, 600, 0);
  if (seconds <= LONGEST_TIMER) return seconds;
  warnings.push({
    file: config.file,
    line: config.default(key)?.line ?? 0,
    problem: `${key} is cut to ${LONGEST_TIMER} seconds (24 days); write at most that`,
  });
  return LONGEST_TIMER;
}
