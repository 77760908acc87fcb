import type { Script } from 'node:vm';
import type { Steps } from '../steps.js';

/** How much longer all work on patterns may take than matches that can be stopped. */
const ALL_WORK = 4;

/**
 * What one decision may spend on patterns, and whether it was enough: so much time on matches that
 * might never end, and four times that on everything, reading and compiling patterns included.
 */
export class PatternBudget {
  readonly #matching: ProcessorTime;
  readonly #all: ProcessorTime;
  readonly #turn: number;
  readonly #longestMatch: number;
  #turnEnds: number;
  #isSpending = false;
  #slow: string | undefined;

  /**
   * @param milliseconds of processor time for matches, for all patterns of one decision together
   * @param longestMatch milliseconds of it for a single match
   * @param turn milliseconds (wall time) after which others have their turn; absent: there are none
   */
  constructor(
    milliseconds: number,
    { longestMatch = Number.POSITIVE_INFINITY, turn = Number.POSITIVE_INFINITY } = {},
  ) {
    this.#matching = new ProcessorTime(milliseconds);
    this.#all = new ProcessorTime(ALL_WORK * milliseconds);
    this.#longestMatch = longestMatch;
    this.#turn = turn;
    this.#turnEnds = performance.now() + turn;
  }

  /** Whether others should have their turn now: the time to `yield* pause()`. */
  get isTurnOver(): boolean {
    return Number.isFinite(this.#turn) && performance.now() >= this.#turnEnds;
  }

  /** Stops once. Processor time that is used meanwhile is not this decision's. */
  *pause(): Steps<void> {
    const before = processorTime();
    yield;
    const elsewhere = processorTime() - before;
    this.#matching.leaveOut(elsewhere);
    this.#all.leaveOut(elsewhere);
    this.#turnEnds = performance.now() + this.#turn;
  }

  /** The first pattern that got no answer for lack of time or memory, for a refusal to name. */
  get slowPattern(): string | undefined {
    return this.#slow;
  }

  /** Whether any pattern got no answer: a refusal should say so. */
  get timedOut(): boolean {
    return this.#slow !== undefined;
  }

  /**
   * Runs a task to its end and counts its time; within another counted task it is part of that.
   *
   * @param pattern the pattern it is for, named when time has run out
   * @returns what the task returns, or `timeout` if no time was left to begin it
   * @throws what the task throws
   */
  spend<Result>(pattern: string, task: () => Result): Result | 'timeout' {
    if (this.#isSpending) return task();
    if (!this.#all.isLeft()) return this.#timeout(pattern);
    const began = performance.now();
    this.#isSpending = true;
    try {
      return task();
    } finally {
      this.#isSpending = false;
      this.#all.take(performance.now() - began);
    }
  }

  /**
   * Runs a task, counts its time, and stops it once the time for matches, or for one, is used up. One that was stopped too early,
   * since this process did not get the processor, is begun again.
   *
   * @param pattern the pattern it is for, named when time runs out
   * @returns what the task returns, or `timeout` once the time is used up
   * @throws what the task throws
   */
  run(pattern: string, task: () => boolean): boolean | 'timeout' {
    const match = new ProcessorTime(this.#longestMatch);
    let patience = 0;
    while (this.#matching.isLeft() && match.isLeft()) {
      const left = Math.min(this.#matching.left, match.left);
      patience = Math.min(Math.max(left, 2 * patience), MAX_PATIENCE_MS);
      const began = performance.now();
      const outcome = this.spend(pattern, () => runFor(Math.ceil(patience), task));
      const took = performance.now() - began;
      for (const time of [this.#matching, match]) time.take(took);
      if (outcome !== 'timeout') return outcome;
    }
    return this.#timeout(pattern);
  }

  /** Notes that a pattern got no answer. */
  giveUp(pattern: string): void {
    this.#slow ??= pattern;
  }

  #timeout(pattern: string): 'timeout' {
    this.giveUp(pattern);
    return 'timeout';
  }
}

/**
 * An allowance of processor time: a process that gets little of the processor, or is stopped for a
 * while, comes as far as any other.
 */
class ProcessorTime {
  /** No more than is really left: time is taken off by the clock on the wall, which costs less to ask. */
  left: number;
  /** What the processor's clock said at the first question. */
  #began: number | undefined;

  constructor(readonly allowance: number) {
    this.left = allowance;
  }

  /** Takes off milliseconds of wall time. */
  take(milliseconds: number): void {
    this.left -= milliseconds;
  }

  /** So much processor time, since the first question, was somebody else's. */
  leaveOut(milliseconds: number): void {
    if (this.#began !== undefined) this.#began += milliseconds;
  }

  /** Asks the processor's clock only where the one on the wall says that time is up. */
  isLeft(): boolean {
    this.#began ??= processorTime();
    if (this.left <= 0 && this.allowance > 0) {
      this.left = this.allowance - (processorTime() - this.#began);
    }
    return this.left > 0;
  }
}

/** The longest that V8 is left alone (wall time) before the processor time is looked at again. */
const MAX_PATIENCE_MS = 60_000;

/** A later Node's own measure of one thread. */
interface ThreadTimes {
  readonly threadCpuUsage?: typeof process.cpuUsage;
}

/** Milliseconds that this thread has run; before Node 23.9 those of the process, which counts more. */
function processorTime(): number {
  const { user, system } = (process as ThreadTimes).threadCpuUsage?.() ?? process.cpuUsage();
  return (user + system) / 1000;
}

interface Stage {
  task: (() => boolean) | undefined;
}

let stage: { readonly globals: Stage; readonly script: Script } | undefined;

/**
 * V8 stops a script that runs past its time, wherever it is then: in the middle of a regular
 * expression too. The script is a constant that calls the task; pattern and word are never code.
 *
 * @param milliseconds of wall time
 */
function runFor(milliseconds: number, task: () => boolean): boolean | 'timeout' {
  if (stage === undefined) {
    const globals: Stage = Object.assign(Object.create(null), { task: undefined });
    const { createContext, Script } = process.getBuiltinModule('node:vm');
    createContext(globals, { codeGeneration: { strings: false, wasm: false } });
    stage = { globals, script: new Script('task()', { filename: 'pattern' }) };
  }
  stage.globals.task = task;
  try {
    return stage.script.runInContext(stage.globals, { timeout: milliseconds }) === true;
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return 'timeout';
    throw error;
  } finally {
    stage.globals.task = undefined;
  }
}
