import { lstatSync, readlinkSync, type Stats, statfsSync } from 'node:fs';

/** Where a path leads once every symbolic link, `.` and `..` in it has been followed. */
export interface ResolvedPath {
  /** Absolute, without links, `.`, `..` or doubled slashes. */
  readonly path: string;
  readonly exists: boolean;
  readonly isDirectory: boolean;
  /**
   * Somebody other than root and this process's user can put another object in the place of one
   * of the names that were looked up, or chose where a link of /proc leads: the answer may be out of
   * date at once, or not be where the kernel goes.
   */
  readonly exchangeable: boolean;
}

/** What has been looked up, so that a check of many directories asks once for each on their way. */
export type Seen = Map<string, Looked>;

/** undefined: nothing stands there; null: that cannot be told. */
export type Looked = Stats | undefined | null;

/** A name that was looked up, and what stands there, a link not followed. */
export interface Place {
  /** Absolute and canonical, as far as the names before its last one go. */
  readonly path: string;
  readonly stats: Looked;
}

/** Shown each name of a path with the directory that it was looked up in; says whether to go on. */
export type Visit = (directory: Place, entry: Place) => 'on' | 'enough';

/** As many links as the kernel follows (path_resolution(7)). */
const MOST_LINKS = 40;

/** statfs(2) */
const PROC_SUPER_MAGIC = 0x9fa0;

/**
 * Names that are looked up for one path. The time for each grows with the names before it, and 40 links
 * can lead on to ever new ones: a hundred thousand in all would take seconds.
 */
const MAX_NAMES = 256;

/** Characters; PATH_MAX bytes, which no system call takes. Longer ones are only good for stalling. */
const LONGEST_PATH = 4096;

/**
 * Resolves as Python's os.path.realpath does: names that do not exist are taken as plain ones, and
 * `..` after one goes back over it.
 *
 * @param path relative ones start at this process's working directory
 * @returns undefined for a path with too many links or names or too long for the kernel, or when the
 * working directory is gone
 */
export function resolvePath(path: string): ResolvedPath | undefined {
  return follow(path, new Map(), false);
}

/**
 * Resolves a path as `resolvePath` does, and shows each step, for those who judge the way to it.
 *
 * @param seen taken and filled: nothing in it is looked up again
 */
export function walkPath(path: string, seen: Seen, visit: Visit): ResolvedPath | undefined {
  return follow(path, seen, false, visit);
}

/** @param fixedOnly gives up as soon as the path turns out to be exchangeable */
function follow(
  path: string,
  seen: Seen,
  fixedOnly: boolean,
  visit?: Visit,
): ResolvedPath | undefined {
  const start = path.startsWith('/') ? '' : workingDirectory();
  if (start === undefined) return undefined;
  const pending = `${start}/${path}`.split('/').reverse();
  const above: Place[] = [];
  let here: Place = { path: '/', stats: lookUp('/', seen) };
  let exchangeable = false;
  let links = 0;
  let names = 0;
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (name === '' || name === '.') continue;
    if (name === '..') {
      here = above.pop() ?? here;
      continue;
    }
    const entry = `${here.path === '/' ? '' : here.path}/${name}`;
    if (entry.length > LONGEST_PATH || ++names > MAX_NAMES) return undefined;
    const stats = lookUp(entry, seen);
    exchangeable ||= othersMayReplace(here.stats, stats);
    if (visit?.(here, { path: entry, stats }) === 'enough') {
      return resolved({ path: entry, stats }, exchangeable);
    }
    if (fixedOnly && exchangeable) return undefined;
    if (stats?.isSymbolicLink()) {
      const target = readLink(entry);
      if (target === undefined || ++links > MOST_LINKS) return undefined;
      exchangeable ||= isOnProc(here.path);
      if (target.startsWith('/')) {
        here = above[0] ?? here;
        above.length = 0;
      }
      pending.push(...target.split('/').reverse());
      continue;
    }
    above.push(here);
    here = { path: entry, stats };
  }
  return resolved(here, exchangeable);
}

function resolved({ path, stats }: Place, exchangeable: boolean): ResolvedPath {
  return {
    path,
    exists: Boolean(stats),
    isDirectory: stats?.isDirectory() === true,
    exchangeable,
  };
}

/**
 * The directories in which only root (and this process's user) decides what stands there, along the
 * whole way to them: the condition for finding programs there by name.
 */
export function trustedDirectories(paths: readonly string[]): string[] {
  const seen: Seen = new Map();
  return paths.filter((path) => isTrustedDirectory(path, seen));
}

function isTrustedDirectory(path: string, seen: Seen): boolean {
  if (!path.startsWith('/')) return false;
  // others' links are not followed: thousands of them in a PATH would take a minute
  const place = follow(path, seen, true);
  if (place === undefined || place.exchangeable) return false;
  const stats = lookUp(place.path, seen);
  return stats?.isDirectory() === true && isTrustedOwner(stats) && (stats.mode & 0o022) === 0;
}

/**
 * Whether somebody other than root, this process's user and that one can put an object under any name
 * into the directory: a link, whose target a program would then read or change. A sticky directory
 * (/tmp) is such a one.
 *
 * @param path canonical, and not exchangeable
 * @param userId the uid of the one more who may; asked only where it matters
 */
export function canOthersFill(path: string, userId: () => number | undefined): boolean {
  const stats = lookUpNow(path);
  if (!stats || (stats.mode & 0o022) !== 0) return true; // what cannot be told counts as well
  return !isTrustedOwner(stats) && stats.uid !== userId();
}

/** Whether a stranger may rename, remove or create the entry in the directory. */
function othersMayReplace(directory: Looked, entry: Looked): boolean {
  if (entry === null) return true; // a file system that only its owner may look at, for one
  if (!directory) return false; // whoever may make it was asked one step before
  if (!isTrustedOwner(directory)) return true;
  if ((directory.mode & 0o022) === 0) return false;
  const sticky = (directory.mode & 0o1000) !== 0;
  return !(sticky && entry !== undefined && isTrustedOwner(entry));
}

function isTrustedOwner({ uid }: Stats): boolean {
  return uid === 0 || uid === process.geteuid?.();
}

/** What stands there, not following a link. */
function lookUp(path: string, seen: Seen): Looked {
  if (!seen.has(path)) seen.set(path, lookUpNow(path));
  return seen.get(path);
}

function lookUpNow(path: string): Looked {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    // Python's realpath goes on as well. No name that is too long stands anywhere.
    return (error as NodeJS.ErrnoException).code === 'ENAMETOOLONG' ? undefined : null;
  }
}

/**
 * The kernel does not go by the text of a link of /proc (`cwd`, `root`, `fd/N`): it leads to an object
 * that may stand in another mount namespace, which the caller can make and fill.
 */
function isOnProc(directory: string): boolean {
  try {
    return statfsSync(directory).type === PROC_SUPER_MAGIC;
  } catch {
    return true; // nobody knows
  }
}

function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined; // it was a link a moment ago
  }
}

function workingDirectory(): string | undefined {
  try {
    return process.cwd();
  } catch {
    return undefined; // removed under our feet
  }
}
