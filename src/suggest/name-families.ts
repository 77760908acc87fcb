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

/** Letters that words must share at their beginning, to say anything about the rest. */
const LEAST_ALIKE = 4;

/**
 * A pattern for words of no kind that differ in one name in their middle: `net.ipv4.conf.tap1.mtu`.
 *
 * @returns undefined where they share too little, or differ in more than a name
 */
export function alikePattern(words: readonly string[]): string | undefined {
  const start = sharedStart(words);
  const rests = words.map((word) => word.slice(start.length));
  const end = sharedEnd(rests);
  const names = rests.map((rest) => rest.slice(0, rest.length - end.length));
  if (start.length < LEAST_ALIKE || words.some((word) => word.includes('/'))) return undefined;
  if (!names.every((name) => /^[A-Za-z0-9_-]+$/.test(name))) return undefined;
  return `${literalPattern(start)}${classOf(names)}+${end === '' ? '' : literalPattern(end)}`;
}

/** From the last name that is no part of all: what stands between punctuation belongs together. */
function sharedEnd(texts: readonly string[]): string {
  const [first = '', ...others] = texts;
  let length = first.length;
  for (const other of others) {
    while (!other.endsWith(first.slice(first.length - length))) length--;
  }
  return first.slice(first.length - length).replace(/^[A-Za-z0-9_-]+/, '');
}
