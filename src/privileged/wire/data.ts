/** Where bytes belong in a value, and how many of those behind the message they are. */
export type BytesPlace = readonly [path: readonly (string | number)[], length: number];
