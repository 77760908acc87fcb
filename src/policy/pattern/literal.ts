/** Characters that mean themselves in any pattern, outside classes and without flags. */
const PLAIN = /^[^\\.^$*+?{}[\]|()\ud800-\udfff]*$/u;
const ESCAPED = /\\(.)/gsu;

/**
 * The only word that the pattern matches, or undefined when it may match others or is no plain text.
 * A cheap test, made for every pattern of every file: no parsing.
 */
export function literalText(pattern: string): string | undefined {
  if (PLAIN.test(pattern)) return pattern;
  // An escaped character of punctuation means itself: hide those and look at what is left.
  const text = /^\^?((?:[^\\.^$*+?{}[\]|()]|\\[^A-Za-z0-9])*)\$?$/u.exec(pattern)?.[1];
  if (text === undefined || !text.isWellFormed()) return undefined;
  return text.replace(ESCAPED, '$1');
}

/** A pattern that matches just this text. */
export function escapedPattern(text: string): string {
  return text.replace(/[\\.^$*+?{}[\]|()]/g, '\\$&');
}
