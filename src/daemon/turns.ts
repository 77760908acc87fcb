import type { Slices } from '../wire/slices.js';

/** How long (ms, wall time) one piece of work goes on before others have their turn. */
export const TURN_MS = 5;

/** How long (ms, wall time) work that waits for its turn is done before the event loop turns. */
const ALL_TURNS_MS = 10;

const waiting: (() => void)[] = [];
/** Whether `takeTurns` will be called, or is. */
let isTurning = false;

/** Calls this in a later turn of the event loop, when all that has waited longer has had a turn. */
export function inTurn(action: () => void): void {
  waiting.push(action);
  if (isTurning) return;
  isTurning = true;
  setImmediate(takeTurns);
}

function takeTurns(): void {
  const until = performance.now() + ALL_TURNS_MS;
  try {
    do {
      waiting.shift()?.();
    } while (waiting.length > 0 && performance.now() < until);
  } finally {
    isTurning = waiting.length > 0;
    if (isTurning) setImmediate(takeTurns);
  }
}

/** What becomes of work that is done in turns. One of these is called, once. */
export interface Outcome<Result> {
  done(result: Result): void;
  failed(error: unknown): void;
  /** The result is wanted no more; what was done for it is to be freed. */
  dropped?(): void;
}

/**
 * Does such work up to its first stop at once, and the rest in turns.
 *
 * @param isWanted asked before each turn but the first
 */
export function doInTurns<Result>(
  work: Slices<Result>,
  isWanted: () => boolean,
  outcome: Outcome<Result>,
): void {
  let step: IteratorResult<undefined, Result>;
  try {
    step = work.next();
  } catch (error) {
    outcome.failed(error);
    return;
  }
  if (step.done) {
    outcome.done(step.value);
    return;
  }
  inTurn(() => {
    if (isWanted()) doInTurns(work, isWanted, outcome);
    else outcome.dropped?.();
  });
}
