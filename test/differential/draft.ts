import type { SeededRandom } from '../config/seeded-random.js';

/** A filter to be written into a file, and a way to make commands that are about it. */
export interface Draft {
  /** What stands behind the key: `CommandFilter, ls, root`. */
  readonly value: string;
  /** A command that this filter, or one like it, may well take. */
  sample(random: SeededRandom): string[];
}

/** Commands near one that a filter takes: most of them should be refused, some must not be. */
export function mutate(words: readonly string[], random: SeededRandom): string[] {
  const changed = [...words];
  const position = random.below(changed.length || 1);
  const word = changed[position] ?? '';
  switch (random.below(14)) {
    case 0:
      changed.splice(position, 1);
      break;
    case 1:
      changed.splice(position, 0, random.pick(STRAY));
      break;
    case 2:
      changed.splice(position, 0, word);
      break;
    case 3:
      changed.reverse();
      break;
    case 4:
      changed[position] = `${word}${random.pick(SUFFIXES)}`;
      break;
    case 5:
      changed[position] = `${random.pick(PREFIXES)}${word}`;
      break;
    case 6:
      changed[position] = `${word}\n`;
      break;
    case 7:
      changed[position] = word.replace('/', '//');
      break;
    case 8:
      changed[position] = word.slice(0, -1);
      break;
    case 9:
      changed[position] = random.pick(STRAY);
      break;
    case 10:
      changed.push(random.pick(STRAY));
      break;
    case 11:
      changed.unshift('env');
      break;
    case 12:
      changed[position] = random.chance(50) ? word.toUpperCase() : word.slice(1);
      break;
    default:
      changed.unshift(random.pick(['env', 'A=1', 'A=', 'LC_ALL=C', '=x']));
  }
  return changed.length === 0 ? [''] : changed;
}

const STRAY = [
  '', '-', '--', '-b', '-x', '..', '.', '/', 'a', 'cat', 'ls', 'ip', 'env', 'netns', 'exec', 'A=1', 'B=2',
  'pass', '9', '1', "é'", '\n', '\0', '\udcff', '/etc/passwd', '$(id)', '*', '-n', 'kill',
]; // biome-ignore format: a table
const SUFFIXES = ['x', '/', '/..', '-evil', '=', ' ', '/../x', '\u0661', '\r\n', '|b'];
const PREFIXES = ['x', '/', './', '../', '-', '/tmp/', '//', ' ', '=', '0', '+'];
