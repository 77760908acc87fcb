import type { Stats } from 'node:fs';
import { type Place, type ResolvedPath, type Seen, walkPath } from '../../posix/resolve-path.js';
import { quoteForShell } from '../../posix/shell-word.js';
import type { Finding, Severity } from '../finding.js';
import { groupShown, userShown } from './principals.js';
import type { TrustRuleId } from './rules.js';

/** What a file is to root, and what it means when others can change it. */
export interface Purpose {
  readonly severity: Severity;
  /** As in 'on the way to ...'. */
  readonly what: string;
  /** Completes 'an attacker ...'. */
  readonly gets?: string;
  /** The rule for all findings of this kind; unless given it goes by what is wrong. */
  readonly rule?: TrustRuleId;
  /** A user besides root who may change it: the one that it runs as. */
  readonly alsoOwner?: number;
  /** What comes of it, told behind what is wrong. */
  readonly so?: string;
  /** Any group that can write is as bad, also root's own. */
  readonly strict?: boolean;
}

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
  readonly #told = new Set<string>();
  readonly #groups: ReadonlySet<number>;

  /** @param groups those of the user who calls: what they can write to, the caller can */
  constructor(groups: ReadonlySet<number> = new Set()) {
    this.#groups = groups;
  }

  /** Looks at the way to a path, not at what stands there. */
  way(path: string, purpose: Purpose): ResolvedPath | undefined {
    let wrong = false;
    const place = walkPath(path, this.#seen, (directory, entry) => {
      wrong = this.#step(directory, entry, purpose) || wrong;
    });
    if (place === undefined) {
      this.#tell('trust-link', path, purpose, {
        problem: 'it has too many symbolic links, or is too long: nothing is found there',
        severity: 'low',
      });
    } else if (place.exchangeable && !wrong && process.geteuid?.() === 0) {
      this.#tell('trust-link', path, purpose, {
        problem: `${purpose.what} is reached by a link of /proc, which leads where another process says`,
      });
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

  /** Tells that a file could not be looked at. */
  unknown(path: string, problem: string): void {
    this.#tell('trust-unknown', path, { severity: 'low', what: '' }, { problem });
  }

  #judge({ path, stats }: { path: string; stats: Stats }, purpose: Purpose): void {
    const isDirectory = stats.isDirectory();
    const quoted = quoteForShell(path);
    if (!isOwner(stats.uid, purpose)) {
      this.#tell(isDirectory ? 'trust-directory' : 'trust-owner', path, purpose, {
        problem: `${purpose.what} belongs to ${userShown(stats.uid)}, not to root`,
        instead: `chown root ${quoted} && chmod go-w ${quoted}`,
      });
    } else if ((stats.mode & (OTHERS | GROUP)) !== 0) {
      this.#tell(isDirectory ? 'trust-directory' : 'trust-mode', path, purpose, {
        problem: `${writers(stats)} can write to ${purpose.what}`,
        severity: this.#gravity(stats, purpose),
        instead: `chmod go-w ${quoted}`,
      });
    }
  }

  /** @returns whether others can exchange the entry */
  #step(directory: Place, entry: Place, purpose: Purpose): boolean {
    if (entry.stats === null) {
      this.#tell('trust-unknown', entry.path, purpose, {
        problem: `nothing can be known about it, nor about what is below: ${purpose.what}`,
        severity: 'low',
      });
      return true;
    }
    const { stats } = directory;
    if (!stats) return false;
    if (!isOwner(stats.uid, purpose)) {
      const quoted = quoteForShell(directory.path);
      this.#tell('trust-directory', directory.path, purpose, {
        problem: `${userShown(stats.uid)} owns it and can exchange what is in it: it is on the way to ${purpose.what}`,
        instead: `chown root ${quoted} && chmod go-w ${quoted}`,
      });
      return true;
    }
    if ((stats.mode & (OTHERS | GROUP)) === 0) return false;
    if ((stats.mode & STICKY) !== 0) return this.#sticky(directory.path, stats, entry, purpose);
    this.#tell('trust-directory', directory.path, purpose, {
      problem: `${writers(stats)} can exchange what is in it: it is on the way to ${purpose.what}`,
      severity: this.#gravity(stats, purpose),
      instead: `chmod go-w ${quoteForShell(directory.path)}`,
    });
    return true;
  }

  /** In a sticky directory, as /tmp, names belong to the owner of what they stand for. */
  #sticky(directory: string, writable: Stats, { path, stats }: Place, purpose: Purpose): boolean {
    if (stats && isOwner(stats.uid, purpose)) return false;
    const severity = this.#gravity(writable, purpose);
    if (!stats) {
      this.#tell('trust-directory', path, purpose, {
        problem: `it is not there, and ${writers(writable)} can make it in ${directory}: it is on the way to ${purpose.what}`,
        severity,
        instead: ELSEWHERE,
      });
      return true;
    }
    const isLink = stats.isSymbolicLink();
    const quoted = quoteForShell(path);
    this.#tell(isLink ? 'trust-link' : 'trust-directory', path, purpose, {
      problem: `${userShown(stats.uid)} made ${isLink ? 'this link' : 'it'} and can exchange it: it is on the way to ${purpose.what}`,
      severity,
      instead: isLink ? ELSEWHERE : `chown root ${quoted} && chmod go-w ${quoted}`,
    });
    return true;
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
    if (this.#told.has(file)) return;
    this.#told.add(file);
    const { problem, severity = purpose.severity, instead } = wrong;
    this.findings.push({
      rule: purpose.rule ?? rule,
      severity,
      file,
      line: 0,
      problem: purpose.so === undefined ? problem : `${problem}; ${purpose.so}`,
      ...(purpose.gets !== undefined && { gets: purpose.gets }),
      ...(instead !== undefined && { instead }),
    });
  }
}

function isOwner(uid: number, { alsoOwner }: Purpose): boolean {
  return uid === 0 || uid === alsoOwner;
}

function writers({ mode, gid }: Stats): string {
  return (mode & OTHERS) !== 0 ? 'everybody' : `the group ${groupShown(gid)}`;
}
