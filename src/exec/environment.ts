import { type EnvKeep, isKept } from '../config/env-keep.js';
import { trustedDirectories } from '../posix/resolve-path.js';
import { searchPath } from './search-path.js';

const LOCALE = /^(?:[A-Za-z0-9][A-Za-z0-9_.@:+-]{0,127})?$/;
const LOGIN_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/;
const COUNT = /^[0-9]{1,5}$/;

/** A file of the zone database by its name, or a rule as POSIX writes it: `CET-1CEST,M3.5.0,M10.5.0/3`. */
const ZONE =
  /^(?::?[\w+-]+(?:\/[\w+-]+)*|(?:[A-Za-z]+|<[\w+-]+>)[\d:+-]+(?:(?:[A-Za-z]+|<[\w+-]+>)[\d:+-]*)?(?:,[MJ]?\d+(?:\.\d+)*(?:\/[+-]?[\d:]+)?){0,2})$/;

/**
 * The variables that reach a command, and what their value must be: text as it may stand in any
 * program's output, which names no file, format or program. docs/security.md gives the reasons; keep
 * the two together. PATH and HOME have rules of their own.
 */
export const PASSED: ReadonlyMap<string, RegExp> = new Map([
  ['LANG', LOCALE],
  ['LANGUAGE', LOCALE],
  ['LC_ALL', LOCALE],
  ['LC_ADDRESS', LOCALE],
  ['LC_COLLATE', LOCALE],
  ['LC_CTYPE', LOCALE],
  ['LC_IDENTIFICATION', LOCALE],
  ['LC_MEASUREMENT', LOCALE],
  ['LC_MESSAGES', LOCALE],
  ['LC_MONETARY', LOCALE],
  ['LC_NAME', LOCALE],
  ['LC_NUMERIC', LOCALE],
  ['LC_PAPER', LOCALE],
  ['LC_TELEPHONE', LOCALE],
  ['LC_TIME', LOCALE],
  ['TZ', ZONE],
  ['TERM', /^[A-Za-z0-9][A-Za-z0-9_.+-]{0,63}$/],
  ['COLORTERM', /^[A-Za-z0-9-]{0,32}$/],
  ['NO_COLOR', /^[A-Za-z0-9]{0,32}$/],
  ['COLUMNS', COUNT],
  ['LINES', COUNT],
  ['USER', LOGIN_NAME],
  ['LOGNAME', LOGIN_NAME],
]);

/** Where programs are found when nothing of the caller's PATH can be kept. */
const SAFE_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** `NAME=VALUE` entries. */
export type Environment = readonly (string | Uint8Array)[];

/**
 * What a command gets of the environment that was given: what `PASSED` and `keep` name, byte for byte.
 * For root, PATH keeps only directories that nobody else can write to, and HOME is the new user's own
 * unless it is such a directory. What the plan sets comes on top, by `withVariables`.
 *
 * @param given `NAME=VALUE` entries
 * @param home home directory of the user to run as
 * @param keep the configuration's `env_keep`
 */
export function cleanEnvironment(
  given: readonly Uint8Array[],
  home: string,
  keep: EnvKeep,
): Environment {
  const kept: (string | Uint8Array)[] = [];
  const seen = new Set<string>(); // of two with one name, programs differ in which they read
  for (const entry of given) {
    const [name, value] = split(entry);
    if (name === '' || seen.has(name)) continue;
    const passed = passedEntry(entry, name, value, home, keep);
    if (passed === undefined) continue;
    seen.add(name);
    kept.push(passed);
  }
  return kept;
}

function passedEntry(
  entry: Uint8Array,
  name: string,
  value: string,
  home: string,
  keep: EnvKeep,
): string | Uint8Array | undefined {
  const root = process.geteuid?.() === 0;
  if (name === 'PATH') return root ? `PATH=${safePath(value)}` : entry;
  if (name === 'HOME') return root && !isTrustedDirectory(value) ? `HOME=${home}` : entry;
  if (value.startsWith('()')) return undefined; // a function, to old shells
  return isKept(name, keep) || PASSED.get(name)?.test(value) ? entry : undefined;
}

function safePath(value: string): string {
  const directories = value.split(':').flatMap((directory) => utf8(directory) ?? []);
  return searchPath(directories.join(':')).join(':') || SAFE_PATH;
}

function isTrustedDirectory(value: string): boolean {
  const path = utf8(value);
  return path !== undefined && trustedDirectories([path]).length > 0;
}

/**
 * The text of bytes that are given a character each. Undefined where they are not UTF-8: what is looked
 * at by that text would not be what the bytes name.
 */
function utf8(bytes: string): string | undefined {
  const text = Buffer.from(bytes, 'latin1').toString();
  return Buffer.from(text).toString('latin1') === bytes ? text : undefined;
}

/** Variables that the plan sets take the place of those with the same names. */
export function withVariables(
  clean: Environment,
  set: Readonly<Record<string, string>>,
): Environment {
  const entries = Object.entries(set);
  if (entries.length === 0) return clean;
  const names = new Set(entries.map(([name]) => Buffer.from(name).toString('latin1')));
  const others = clean.filter((entry) => !names.has(split(Buffer.from(entry))[0]));
  return [...others, ...entries.map(([name, value]) => `${name}=${value}`)];
}

/** Name and value, each byte a character. An entry without `=` has no name. */
function split(entry: Uint8Array): [string, string] {
  const text = Buffer.from(entry.buffer, entry.byteOffset, entry.length).toString('latin1');
  const end = text.indexOf('=');
  return end === -1 ? ['', ''] : [text.slice(0, end), text.slice(end + 1)];
}
