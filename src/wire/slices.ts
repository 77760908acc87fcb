/** Bytes that long work handles before others have their turn: a millisecond, or little more. */
export const SLICE = 128 * 1024;

/** Work that may take long, and stops for others wherever it yields. */
export type Slices<Result> = Generator<undefined, Result>;

/**
 * Does such work slice by slice, and lets the event loop turn in between.
 *
 * @param isWanted asked before each slice; when it is not, nothing is called and nothing more done
 */
export function doInSlices<Result>(
  work: Slices<Result>,
  isWanted: () => boolean,
  done: (result: Result) => void,
  failed: (error: unknown) => void,
): void {
  let step: IteratorResult<undefined, Result>;
  try {
    step = work.next();
  } catch (error) {
    failed(error);
    return;
  }
  if (step.done) {
    done(step.value);
    return;
  }
  setImmediate(() => {
    if (isWanted()) doInSlices(work, isWanted, done, failed);
  });
}
