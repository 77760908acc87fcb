const NAME = /^[A-Za-z_]\w*=/;

/**
 * The values that logs leave out: those of the variables with which a command begins, behind a leading
 * `env` or without one, as EnvFilter takes them, also for the command of `ip netns exec NAME`. All
 * other words are what was asked, and stay: `of=/dev/sda` is a file, `--password=x` an argument.
 *
 * @returns by the index of its word, each such variable as `NAME=`
 */
export function withheldValues(words: readonly string[]): ReadonlyMap<number, string> {
  const withheld = new Map<number, string>();
  let index = startOfCommand(words);
  if (baseName(words[index]) === 'env') index++;
  for (; words[index]?.includes('='); index++) {
    const name = NAME.exec(words[index] ?? '')?.[0];
    if (name !== undefined) withheld.set(index, name);
  }
  return withheld;
}

/** The words with `NAME=...` for each such variable: since none is left, no value can be `...`. */
export function withoutValues(words: readonly string[]): string[] {
  const withheld = withheldValues(words);
  return words.map((word, index) => (withheld.has(index) ? `${withheld.get(index)}...` : word));
}

function startOfCommand([ip, netns = '', exec = '']: readonly string[]): number {
  return baseName(ip) === 'ip' && /^net(n|ns)?$/.test(netns) && /^e(x|xe|xec)?$/.test(exec) ? 4 : 0;
}

function baseName(path = ''): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
