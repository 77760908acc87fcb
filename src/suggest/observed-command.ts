/**
 * How sure the words are. `record`: they were kept one by one. `plan`: a log line tells what ran, so
 * the command's name is the base name of a path. `split`: a log line joined them by blanks.
 */
export type Origin = 'record' | 'plan' | 'split';

/** A command that was seen, once or more often. */
export interface ObservedCommand {
  /** The command's name and its arguments. */
  readonly words: readonly string[];
  /** Name of the user that it ran as. */
  readonly user: string;
  /** Of a signal: the program that the process ran, where that is known. */
  readonly program?: string;
  readonly origin: Origin;
  /** How often. */
  readonly count: number;
}

/** Words that no engine would take, and more than anybody could read in a filter file. */
const MOST_WORDS = 256;
const LONGEST_WORD = 4096;

/** Whether something may have been asked of the engine in these words, and a filter may hold them. */
export function areWords(words: readonly unknown[]): words is string[] {
  return (
    words.length > 0 &&
    words.length <= MOST_WORDS &&
    words[0] !== '' &&
    words.every(
      (word) =>
        typeof word === 'string' &&
        word.length <= LONGEST_WORD &&
        word.isWellFormed() &&
        !word.includes('\0'),
    )
  );
}

/** Whether a filter may name it: a log could hold anything in the place of a user. */
export function isUserName(text: unknown): text is string {
  return typeof text === 'string' && /^[A-Za-z0-9_][A-Za-z0-9_.@-]{0,63}\$?$/.test(text);
}
