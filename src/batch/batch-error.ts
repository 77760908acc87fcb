/** Something is wrong with a batch as a whole, and none of it runs. */
export class BatchError extends Error {
  override readonly name = 'BatchError';
}
