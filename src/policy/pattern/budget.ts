import type { Script } from 'node:vm';

/** What one decision may spend on patterns that could take long, and whether it was enough. */
export class PatternBudget {
  #left: number;
  #slow: string | undefined;

  /** @param milliseconds of wall time, for all patterns of one decision together */
  constructor(milliseconds: number) {
    this.#left = milliseconds;
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
   * Runs a task and charges its time.
   * @param pattern the pattern it is for, named when time runs out
   * @returns what the task returns, or `timeout` once the time is used up
   * @throws what the task throws
   */
  run(pattern: string, task: () => boolean): boolean | 'timeout' {
    if (this.#left > 0) {
      const start = performance.now();
      const outcome = runFor(Math.ceil(this.#left), task);
      this.#left -= performance.now() - start;
      if (outcome !== 'timeout') return outcome;
    }
    this.#left = 0;
    this.giveUp(pattern);
    return 'timeout';
  }

  /** Notes that a pattern got no answer. */
  giveUp(pattern: string): void {
    this.#slow ??= pattern;
  }
}

interface Stage {
  task: (() => boolean) | undefined;
}

let stage: { readonly globals: Stage; readonly script: Script } | undefined;

/**
 * V8 stops a script that runs past its time, wherever it is then: in the middle of a regular
 * expression too. The script is a constant that calls the task; pattern and word are never code.
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
