/** Bytes that long work handles before others have their turn: a millisecond, or little more. */
export const SLICE = 128 * 1024;

/** Work that may take long, and stops for others wherever it yields. */
export type Slices<Result> = Generator<undefined, Result>;
