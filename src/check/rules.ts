/** A kind of finding, for lists and for code hosts. */
export interface Rule {
  /** A few words. */
  readonly title: string;
  /** Why it matters and what to do, in a sentence or three. */
  readonly help: string;
}
