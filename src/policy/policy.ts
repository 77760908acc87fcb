import {
  type ConfigWarning,
  type RootwrapConf,
  readRootwrapConf,
} from '../config/rootwrap-conf.js';
import type { Plan } from '../exec/plan.js';
import { searchPath } from '../exec/search-path.js';
import type { Allowed, Decision, Denied, Miss, NotExecutable } from './decision.js';
import { Executables, inPathOrder } from './executables.js';
import { type Explanation, explainDecision } from './explain.js';
import { filledRefusal } from './filled-directories.js';
import { type Candidate, FilterIndex } from './filter-index.js';
import {
  baseName,
  type Filter,
  type InnerDecision,
  type Match,
  type MatchContext,
  type Refusal,
  refuse,
} from './filters/filter.js';
import { type LoadedFilters, loadFilters } from './load-filters.js';
import { PatternBudget } from './pattern/pattern.js';
import { pinPrefixRefusal, pinRefusal } from './pin-programs.js';
import { finish, type Steps } from './steps.js';

/** Processor time for matches of one decision; reading and compiling its patterns may take longer. */
const MAX_PATTERN_MS = 250;

/** Processor time for a single match: nothing else happens meanwhile in a daemon. */
const MAX_MATCH_MS = 20;

const OUT_OF_TIME =
  'the patterns of the filters took too much processor time or memory: tsrootwrapctl explain names them';

/** The configuration and the filters that it names, ready to decide. */
export class Policy {
  readonly #index: FilterIndex;
  readonly #innerIndexes = new Map<string, FilterIndex>();
  readonly #executables: Executables;
  #innerExecutables: Executables | undefined;
  #path: readonly string[] | undefined;

  private constructor(
    readonly config: RootwrapConf,
    readonly filters: readonly Filter[],
    /** What was skipped or looks mistaken, worth telling whoever keeps the files. */
    readonly warnings: readonly ConfigWarning[],
    isThere?: (path: string) => boolean,
  ) {
    this.#index = new FilterIndex(filters);
    this.#executables = new Executables(config.execDirs ?? this.#searchPath(), isThere);
  }

  /**
   * Reads a rootwrap.conf and all filter files that it leads to.
   *
   * @throws ConfigError when one of them is wrong or, for root, could have been written by others
   */
  static load(file: string): Policy {
    const config = readRootwrapConf(file);
    return Policy.of(config, loadFilters(config));
  }

  /**
   * A policy of filters that were read already. Where anything runs by it, use `load`.
   *
   * @param isThere which programs to take for installed; those that this machine has, if left out
   */
  static of(
    config: RootwrapConf,
    { filters, warnings }: LoadedFilters,
    isThere?: (path: string) => boolean,
  ): Policy {
    return new Policy(config, filters, [...config.warnings, ...warnings], isThere);
  }

  /**
   * Decides about a command: the first filter in order that matches, and whose executable is
   * there, makes the plan. A refusal carries the reason of each filter that was asked.
   *
   * @param words the command's name and its arguments
   */
  decide(words: readonly string[]): Decision {
    return finish(this.deciding(words));
  }

  /**
   * Decides the same for a process that serves others: where it takes longer, it stops to let
   * something else be done.
   *
   * @param turn milliseconds (wall time) after which it stops; absent: it does not
   */
  *deciding(words: readonly string[], turn?: number): Steps<Decision> {
    const unfit = unfitWord(words);
    if (unfit !== undefined) return { outcome: 'denied', misses: [unfit] };
    const budget = new PatternBudget(MAX_PATTERN_MS, {
      longestMatch: MAX_MATCH_MS,
      ...(turn !== undefined && { turn }),
    });
    const context: MatchContext = {
      budget,
      path: () => this.#searchPath(),
      decideInner: (inner, user) => this.#decideInner(inner, user, budget),
    };
    const candidates = this.#index.candidates(words);
    const decision = yield* this.#decideAmong(candidates, context, this.#executables);
    return decision.outcome === 'denied' && budget.timedOut
      ? { ...decision, why: OUT_OF_TIME }
      : decision;
  }

  /** Decides about a command and tells why: the same decision, laid out. Runs nothing. */
  explain(words: readonly string[]): Explanation {
    return explainDecision(words, this.decide(words));
  }

  /** Where the program of a filter is; undefined when it is not there. */
  findExecutable(exec: string): string | undefined {
    return this.#executables.find(exec);
  }

  /** The directories in which programs are looked for, in order. */
  get execDirs(): readonly string[] {
    return this.#executables.directories;
  }

  *#decideAmong(
    candidates: readonly Candidate[],
    context: MatchContext,
    executables: Executables,
  ): Steps<Decision> {
    const { budget } = context;
    const misses: Miss[] = [];
    let missing: Filter | undefined;
    let why: string | undefined;
    for (const candidate of candidates) {
      const { filter } = candidate;
      if (budget.isTurnOver) yield* budget.pause();
      const answer = filter.match(candidate.words, context);
      const verdict = 'matched' in answer ? answer : yield* answer;
      if (!verdict.matched) {
        const word = verdict.word === undefined ? undefined : candidate.words[verdict.word];
        misses.push({
          filter: filter.source,
          reason: verdict.reason,
          ...(word !== undefined && { word }),
        });
        if (verdict.isTelling) why ??= `${word === undefined ? '' : `${word} `}${verdict.reason}`;
        continue;
      }
      // a signal is sent by ourselves: kill(1), for which the plan stands, is not run
      const file = verdict.signal ? filter.exec : executables.find(filter.exec);
      if (file === undefined) {
        missing ??= filter;
        misses.push({ filter: filter.source, reason: `matches, but ${filter.exec} is not there` });
        continue;
      }
      const unsafe = refusedPins(file, filter, verdict) ?? refusedFilled(file, filter, verdict);
      if (unsafe !== undefined) {
        misses.push(unsafe);
        why ??= `${unsafe.word} ${unsafe.reason}`;
        continue;
      }
      return {
        outcome: 'allowed',
        filter: filter.source,
        plan: makePlan(file, filter.user, verdict),
        misses,
      } satisfies Allowed;
    }
    if (missing === undefined) {
      return { outcome: 'denied', misses, ...(why !== undefined && { why }) } satisfies Denied;
    }
    return {
      outcome: 'not-executable',
      filter: missing.source,
      exec: missing.exec,
      misses,
    } satisfies NotExecutable;
  }

  /** Decides about the command behind a prefix, among that user's filters that do not chain. */
  *#decideInner(
    words: readonly string[],
    user: string,
    budget: PatternBudget,
  ): Steps<InnerDecision> {
    const context: MatchContext = {
      budget,
      path: () => this.#searchPath(),
      decideInner: () => refuse('would chain twice'),
    };
    const candidates = yield* innerCandidates(this.#innerIndex(user), words, context);
    const decision = yield* this.#decideAmong(candidates, context, this.#innerPrograms());
    if (decision.outcome === 'denied') return refusedInner(decision);
    if (decision.outcome === 'not-executable') return refuse(`needs ${decision.exec}, not there`);
    const { plan } = decision;
    if (plan.kind === 'signal') {
      return refuse('is a kill, which goes by process and not by name: run it by itself');
    }
    return {
      matched: true,
      argv: plan.argv,
      environment: plan.environment,
      exchangeable: plan.pinned,
    };
  }

  /**
   * Where programs behind a prefix are found. Under oslo.rootwrap the prefix looks them up in PATH,
   * so the order of PATH counts; but only a directory that rootwrap.conf names may hold them.
   */
  #innerPrograms(): Executables {
    this.#innerExecutables ??= new Executables(
      this.config.innerExecDirs ?? inPathOrder(this.execDirs, this.#searchPath()),
      this.#executables.isThere,
    );
    return this.#innerExecutables;
  }

  /** Looked at once, and only where something asks: each directory takes a dozen system calls. */
  #searchPath(): readonly string[] {
    this.#path ??= searchPath();
    return this.#path;
  }

  #innerIndex(user: string): FilterIndex {
    const known = this.#innerIndexes.get(user);
    if (known !== undefined) return known;
    const index = new FilterIndex(
      this.filters.filter((filter) => !filter.chaining && filter.user === user),
    );
    this.#innerIndexes.set(user, index);
    return index;
  }
}

/**
 * The filters to ask about the command behind a prefix. oslo.rootwrap asks them about the base name
 * of its first word; only one that takes that as well may take the word as it is.
 */
function* innerCandidates(
  index: FilterIndex,
  words: readonly string[],
  context: MatchContext,
): Steps<readonly Candidate[]> {
  const candidates = index.candidates(words);
  const [first = '', ...rest] = words;
  if (!first.includes('/')) return candidates;
  const named = new Map(
    index
      .candidates([baseName(first), ...rest])
      .map(({ filter, words }): [Filter, readonly string[]] => [filter, words]),
  );
  const kept: Candidate[] = [];
  for (const candidate of candidates) {
    const { filter } = candidate;
    const words = named.get(filter);
    if (words === undefined) continue;
    if (context.budget.isTurnOver) yield* context.budget.pause();
    const answer = filter.match(words, context);
    if (('matched' in answer ? answer : yield* answer).matched) kept.push(candidate);
  }
  return kept;
}

function makePlan(file: string, user: string, match: Match): Plan {
  const argv = [file, ...match.args];
  if (match.signal !== undefined) return { kind: 'signal', argv, user, ...match.signal };
  return {
    kind: 'command',
    file,
    argv,
    user,
    environment: match.environment ?? {},
    pinned: (match.exchangeable ?? []).map((pin) => ({ ...pin, index: pin.index + 1 })),
  };
}

/** The refusal of a match whose paths others can exchange, for a program not known to be safe then. */
function refusedPins(file: string, filter: Filter, match: Match): Miss | undefined {
  const [pin, ...others] = match.exchangeable ?? [];
  if (pin === undefined) return undefined;
  const reason = filter.chaining
    ? pinPrefixRefusal(file)
    : pinRefusal(file, match.args, [pin, ...others]);
  if (reason === undefined) return undefined;
  return { filter: filter.source, reason, word: match.args[pin.index] ?? '' };
}

/** The refusal of a match with a directory that others can fill, where its contents matter. */
function refusedFilled(file: string, filter: Filter, match: Match): Miss | undefined {
  const [index] = match.filled ?? [];
  if (index === undefined) return undefined;
  const reason = filledRefusal(file, match.args);
  if (reason === undefined) return undefined;
  return { filter: filter.source, reason, word: match.args[index] ?? '' };
}

/** Why the command behind a prefix is refused, as far as the prefix's own refusal should say. */
function refusedInner({ why }: Denied): Refusal {
  return why === undefined
    ? refuse('no filter allows')
    : { ...refuse(`is refused: ${why}`), isTelling: true };
}

/** A word that no program could be given unaltered: execve(2) ends words at a NUL byte. */
function unfitWord(words: readonly string[]): Miss | undefined {
  const word = words.find((text) => text.includes('\0') || !text.isWellFormed());
  if (words.length > 0 && word === undefined) return undefined;
  return {
    filter: { name: '(any)', className: '(any)', file: '(any)', line: 0 },
    reason: word === undefined ? 'there is no command' : 'holds a NUL byte or is not valid Unicode',
    ...(word !== undefined && { word }),
  };
}
