import { groupBy } from './group-by.js';
import { UUID, UUID_PATTERN } from './ids.js';
import { classOf, literalPattern } from './pattern-text.js';

/** Letters by which names are told to belong together: `tap`, `qvo`, `eth`. */
const FAMILY_LETTERS = 3;
/** Names that begin in more ways than this have nothing in common but that they are names. */
const MOST_FAMILIES = 4;
/** A part of a name as long as this is an id, and its first letter no part of what names share. */
const ID_LENGTH = 6;

/**
 * Patterns for names that have digits in them: one for each way in which they begin.
 *
 * @param values different names that start with a letter or `_`, sorted
 */
export function namePatterns(values: readonly string[]): readonly string[] {
  const families = groupBy(values, (value) =>
    (/^[A-Za-z_]*/.exec(value)?.[0] ?? '').slice(0, FAMILY_LETTERS),
  );
  if (families.length > MOST_FAMILIES) {
    return [`${classOf(values.map((value) => value[0] ?? ''))}${classOf(values)}*`];
  }
  return families.map(familyPattern);
}

/** What names share at their beginning, and then the characters that they have. */
export function familyPattern(names: readonly string[]): string {
  if (names.length === 1) return literalPattern(names[0] as string);
  const ending = sharedEnding(names);
  const stems = names.map((name) => name.slice(0, name.length - ending.length));
  const shared = sharedStart(stems);
  const rests = stems.map((stem) => stem.slice(shared.length));
  const start = shared === '' ? '' : literalPattern(shared);
  const end = ending === '' ? '' : literalPattern(ending);
  if (rests.every((rest) => UUID.test(rest))) return start + UUID_PATTERN + end;
  return `${start}${classOf(rests)}${rests.includes('') ? '*' : '+'}${end}`;
}

/** What comes behind the last dot, where it is a word and the same for all. */
export function sharedEnding(names: readonly string[]): string {
  const ending = /\.[A-Za-z][A-Za-z0-9]*$/.exec(names[0] ?? '')?.[0] ?? '';
  return ending !== '' && names.every((name) => name.endsWith(ending) && name !== ending)
    ? ending
    : '';
}

/** Without digits at its end, nor letters that belong to the ids behind it. */
export function sharedStart(names: readonly string[]): string {
  const [first = '', ...others] = names;
  let length = first.length;
  for (const other of others) {
    while (!other.startsWith(first.slice(0, length))) length--;
  }
  const shared = first.slice(0, length).replace(/[0-9]+$/, '');
  const rests = names.map((name) => name.slice(shared.length));
  const ids = rests.some((rest) => /[a-f]/.test(rest) && rest.length >= ID_LENGTH);
  if (!ids || !rests.every((rest) => /^[0-9a-f-]*$/.test(rest))) return shared;
  return shared.replace(/(?<=[g-z_-])[0-9a-f]+$/, '');
}
