import type { Stats } from 'node:fs';
import { type Place, type ResolvedPath, type Seen, walkPath } from '../../posix/resolve-path.js';
import { quoteForShell } from '../../posix/shell-word.js';
import { atLeast, type Finding, type Severity } from '../finding.js';
import { groupShown, userShown } from './principals.js';
import type { Purpose } from './purpose.js';
import type { TrustRuleId } from './rules.js';

const OTHERS = 0o002;
const GROUP = 0o020;
const STICKY = 0o1000;

const ELSEWHERE = 'name a place in a directory that only root can write to';

/** Debian's group for what an administrator installs under /usr/local; nobody is in it by itself. */
const STAFF = 'staff';

/**
 * Looks at files, and at each directory and link on the way to them, for what others than root could
 * change. Each place is looked up once and told of once, however many lead over it.
 */
export class Ground {
  readonly findings: Finding[] = [];
  readonly #seen: Seen = new Map();
  /** Which finding is about a place. */
  readonly #told = new Map<string, number>();
  readonly #asked = new Set<string>();
  readonly #groups: ReadonlySet<number>;

  /** @param groups those of the user who calls: what they can write to, the caller can */
  constructor(groups: ReadonlySet<number> = new Set()) {
    this.#groups = groups;
  }

  /** Looks at the way to a path, not at what stands there. */
  way(path: string, purpose: Purpose): ResolvedPath | undefined {
    const place = walkPath(path, this.#seen, (directory, entry) => {
      this.#step(directory, entry, purpose);
      return entry.stats ? 'on' : 'enough'; // whoever can make it can make all that is below
    });
    if (place === undefined) {
      const problem = `it cannot be followed to its end, so ${purpose.what} is not there: too many links, or one that cannot be read`;
      this.#tell('trust-link', path, { severity: 'low', what: purpose.what }, { problem });
    }
    return place;
  }

  /**
   * Looks at a regular file and the way to it.
   *
   * @param above what the way is for, where that differs
   * @returns undefined where there is none
   */
  file(path: string, purpose: Purpose, above = purpose): Stats | undefined {
    return this.#object(path, purpose, above, (stats) => stats.isFile());
  }

  /** Looks at a directory in which names are looked up, and the way to it; as `file`. */
  directory(path: string, purpose: Purpose, above = purpose): Stats | undefined {
    return this.#object(path, purpose, above, (stats) => stats.isDirectory());
  }

  #object(
    path: string,
    purpose: Purpose,
    above: Purpose,
    isIt: (stats: Stats) => boolean,
  ): Stats | undefined {
    const place = this.way(path, above);
    const stats = place && this.#seen.get(place.path);
    if (!place || !stats || !isIt(stats)) return undefined;
    this.#judge({ path: place.path, stats }, purpose);
    return stats;
  }

  /** Whether this is asked for the first time. */
  first(question: string): boolean {
    if (this.#asked.has(question)) return false;
    this.#asked.add(question);
    return true;
  }

  /** Tells that a file could not be looked at. */
  unknown(path: string, problem: string): void {
    this.#tell('trust-unknown', path, { severity: 'low', what: '' }, { problem });
  }

  #judge({ path, stats }: { path: string; stats: Stats }, purpose: Purpose): void {
    const isDirectory = stats.isDirectory();
    if (!isOwner(stats.uid, purpose)) {
      this.#tell(isDirectory ? 'trust-directory' : 'trust-owner', path, purpose, {
        problem: `${purpose.what} belongs to ${userShown(stats.uid)}, not to root`,
        instead: toRoot(path),
      });
    } else if ((stats.mode & (OTHERS | GROUP)) !== 0) {
      this.#tell(isDirectory ? 'trust-directory' : 'trust-mode', path, purpose, {
        problem: `${writers(stats)} can write to ${purpose.what}`,
        severity: this.#gravity(stats, purpose),
        instead: `chmod go-w ${quoteForShell(path)}`,
      });
    }
  }

  #step(directory: Place, entry: Place, purpose: Purpose): void {
    const { stats } = directory;
    const way = `it is on the way to ${purpose.what}`;
    if (entry.stats === null) {
      this.#tell('trust-unknown', entry.path, purpose, {
        problem: `nothing can be known about it, nor about what is below: ${way}`,
        severity: 'low',
      });
    } else if (entry.stats?.isSymbolicLink() && /^\/proc(?:\/|$)/.test(directory.path)) {
      this.#tell('trust-link', entry.path, purpose, {
        problem: `it leads where another process says: ${way}`,
        instead: ELSEWHERE,
      });
    } else if (!stats) {
      return; // whoever may make it was told of one step before
    } else if (!isOwner(stats.uid, purpose)) {
      this.#tell('trust-directory', directory.path, purpose, {
        problem: `${userShown(stats.uid)} owns it and can exchange what is in it: ${way}`,
        instead: toRoot(directory.path),
      });
    } else if ((stats.mode & (OTHERS | GROUP)) === 0) {
      return;
    } else if ((stats.mode & STICKY) !== 0) {
      this.#sticky(directory.path, stats, entry, purpose);
    } else {
      this.#tell('trust-directory', directory.path, purpose, {
        problem: `${writers(stats)} can exchange what is in it: ${way}`,
        severity: this.#gravity(stats, purpose),
        instead: `chmod go-w ${quoteForShell(directory.path)}`,
      });
    }
  }

  /** In a sticky directory, as /tmp, names belong to the owner of what they stand for. */
  #sticky(directory: string, writable: Stats, { path, stats }: Place, purpose: Purpose): void {
    if (stats && isOwner(stats.uid, purpose)) return;
    const severity = this.#gravity(writable, purpose);
    const way = `it is on the way to ${purpose.what}`;
    if (!stats) {
      this.#tell('trust-directory', path, purpose, {
        problem: `it is not there, and ${writers(writable)} can make it in ${directory}: ${way}`,
        severity,
        instead: ELSEWHERE,
      });
      return;
    }
    const isLink = stats.isSymbolicLink();
    this.#tell(isLink ? 'trust-link' : 'trust-directory', path, purpose, {
      problem: `${userShown(stats.uid)} made ${isLink ? 'this link' : 'it'} and can exchange it: ${way}`,
      severity,
      instead: isLink ? ELSEWHERE : toRoot(path),
    });
  }

  #gravity({ mode, gid }: Stats, { severity, strict = false }: Purpose): Severity {
    if (strict || (mode & OTHERS) !== 0 || this.#groups.has(gid)) return severity;
    if (gid === 0) return 'low';
    return groupShown(gid) === STAFF && severity === 'high' ? 'medium' : severity;
  }

  #tell(
    rule: TrustRuleId,
    file: string,
    purpose: Purpose,
    wrong: Pick<Finding, 'problem'> & { severity?: Severity; instead?: string },
  ): void {
    const { problem, severity = purpose.severity, instead } = wrong;
    const known = this.#told.get(file);
    const before = known === undefined ? undefined : this.findings[known];
    if (before !== undefined && atLeast(before.severity, severity)) return;
    const position = known ?? this.findings.length;
    this.#told.set(file, position);
    this.findings[position] = {
      rule: purpose.rule ?? rule,
      severity,
      file,
      line: 0,
      problem: purpose.so === undefined ? problem : `${problem}; ${purpose.so}`,
      ...(purpose.gets !== undefined && { gets: purpose.gets }),
      ...(instead !== undefined && { instead }),
    };
  }
}

/** For root's shell. */
function toRoot(path: string): string {
  const quoted = quoteForShell(path);
  return `chown root ${quoted} && chmod go-w ${quoted}`;
}

function isOwner(uid: number, { alsoOwner }: Purpose): boolean {
  return uid === 0 || uid === alsoOwner;
}

function writers({ mode, gid }: Stats): string {
  return (mode & OTHERS) !== 0 ? 'everybody' : `the group ${groupShown(gid)}`;
}
