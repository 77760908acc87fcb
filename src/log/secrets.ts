/**
 * The words of a command for a log that others read: the values of variables are left out, both in
 * front of the command and behind an `env` in it (`env PASSWORD=... tool`).
 */
export function withoutValues(words: readonly string[]): string[] {
  let assigning = true;
  return words.map((word) => {
    const end = word.indexOf('=');
    assigning = word === 'env' || word.endsWith('/env') || (assigning && end !== -1);
    return assigning && end !== -1 ? `${word.slice(0, end)}=...` : word;
  });
}
