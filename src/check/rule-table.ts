/** What one kind of finding is about, for those who read reports. */
export interface Rule {
  /** A few words. */
  readonly title: string;
  /** What is wrong with it in general, and what to do: one or more sentences. */
  readonly help: string;
}

/** Every kind of finding, by the word that findings carry. */
export const RULES: Readonly<Record<string, Rule>> = {
  refused: {
    title: 'The engine stops at this',
    help: 'The engine cannot read the configuration or a filter file, and so runs no command at all (exit code 97). Correct the line that is named.',
  },
};
