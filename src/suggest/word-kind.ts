/** A kind of words that a pattern can be written for. */
export interface WordKind {
  /** In the plural, for comments. */
  readonly says: string;
  /**
   * Patterns that take these words of the kind and others of it; undefined where the words themselves
   * should be listed: there are too few, or what they have in common is too wide.
   *
   * @param values different words, sorted
   */
  patterns(values: readonly string[]): readonly string[] | undefined;
  /** Where the pattern takes any name in it: the directory. */
  readonly directory?: string;
}
