/** A word as it can be pasted into a shell. */
export function quoteForShell(word: string): string {
  return /^[\w./][\w./+@%-]*$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
