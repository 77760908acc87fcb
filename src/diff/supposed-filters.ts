import { posix } from 'node:path';
import type { FilterSource, MatchContext, Verdict } from '../policy/filters/filter.js';
import { KillFilter } from '../policy/filters/kill-filter.js';
import { PathFilter } from '../policy/filters/path-filter.js';
import type { ResolvedPath } from '../posix/resolve-path.js';

/** Where programs lie on most systems: supposed where a policy leaves it to PATH. */
export const USUAL_PATH: readonly string[] = [
  '/usr/bin',
  '/usr/sbin',
  '/bin',
  '/sbin',
  '/usr/local/bin',
  '/usr/local/sbin',
];

/** Numbers that patterns for process ids take. */
const FIRST_PID = 1000;

/** One process for each program that a KillFilter might mean. */
export class SupposedProcesses {
  readonly #pids = new Map<string, number>();
  readonly #programs = new Map<number, string>();

  /** @param programs as KillFilters have them: paths, or names to be found in PATH */
  constructor(programs: Iterable<string>) {
    for (const path of [...programs].flatMap(pathsOf)) {
      if (this.#pids.has(path)) continue;
      const pid = FIRST_PID + this.#pids.size;
      this.#pids.set(path, pid);
      this.#programs.set(pid, path);
    }
  }

  programOf(pid: number): string | undefined {
    return this.#programs.get(pid);
  }

  /** The words that name a process of a program, as a KillFilter has that; the usual one last. */
  wordsFor(program: string): string[] {
    return pathsOf(program)
      .toReversed()
      .flatMap((path) => {
        const pid = this.#pids.get(path);
        return pid === undefined ? [] : [String(pid)];
      });
  }
}

function pathsOf(program: string): readonly string[] {
  return program.startsWith('/') ? [program] : USUAL_PATH.map((place) => `${place}/${program}`);
}

/** A KillFilter that asks about supposed processes instead of those that run. */
export class SupposedKillFilter extends KillFilter {
  readonly #processes: SupposedProcesses;

  constructor(source: FilterSource, definition: readonly string[], processes: SupposedProcesses) {
    super(source, definition);
    this.#processes = processes;
  }

  override match(words: readonly string[], context: MatchContext): Verdict {
    return super.match(words, { ...context, path: () => USUAL_PATH });
  }

  protected override programOf(pid: number): string | undefined {
    return this.#processes.programOf(pid);
  }
}

/** A PathFilter for which no name is a link, and nobody can exchange one. */
export class SupposedPathFilter extends PathFilter {
  protected override settle(word: string): ResolvedPath | undefined {
    if (!word.startsWith('/')) return undefined; // it would hang on the working directory
    const path = posix.resolve(word);
    return { path, exists: true, isDirectory: false, exchangeable: false };
  }
}
