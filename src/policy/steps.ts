/** Work that stops wherever it yields, so that something else can be done before it goes on. */
export type Steps<Result> = Generator<undefined, Result>;

/** Does all of it without a stop. */
export function finish<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}
