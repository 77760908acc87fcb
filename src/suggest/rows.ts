import { groupBy } from './group-by.js';
import { alikePattern } from './name-families.js';
import type { ObservedCommand } from './observed-command.js';
import { literalPattern } from './pattern-text.js';
import { type Classified, classify, withPrefix } from './word-kinds.js';

/** More alternatives than this are a list, and not a rule that somebody could read. */
export const MOST_ALTERNATIVES = 12;

/** What a filter will say about one word. */
export interface Column {
  /** Patterns, one of which the word must match; sorted. */
  readonly patterns: readonly string[];
  /** The words that were seen there; sorted. */
  readonly words: readonly string[];
  /** What the words have in common, where a pattern takes more than they are. */
  readonly says?: string;
  /** Where the pattern takes any name in it: the directory. */
  readonly directory?: string;
}

/** Commands that one filter is to take. */
export interface Row {
  /** The command's name as callers wrote it. */
  readonly name: string;
  readonly user: string;
  /** One for each word, the name included. */
  readonly columns: readonly Column[];
  readonly commands: readonly ObservedCommand[];
}

/**
 * Puts commands together that differ in values only, and says what the values have in common.
 *
 * Words that are plain names or options keep commands apart. What differs in just one of them is put
 * together again by listing the alternatives, since that takes nothing more than both took.
 */
export function rowsOf(commands: readonly ObservedCommand[]): Row[] {
  const alike = groupBy(commands, ({ user, words }) =>
    JSON.stringify([user, ...words.map((word, at) => (at === 0 ? word : classify(word).key))]),
  );
  return merged(alike.map(rowOf));
}

/** The same commands with nothing generalised: each word is one that was seen there. */
export function listed(row: Row): Row {
  const columns = row.columns.map(({ words }) => ({
    words,
    patterns: words.map(literalPattern).sort(),
  }));
  return { ...row, columns };
}

/** A row for each command. */
export function single(row: Row): Row[] {
  return groupBy(row.commands, ({ words }) => JSON.stringify(words)).map(rowOf);
}

/** Whether a filter for it could be read. */
export function isReadable({ columns }: Row): boolean {
  return columns.every(({ patterns }) => patterns.length <= MOST_ALTERNATIVES);
}

function rowOf(commands: readonly ObservedCommand[]): Row {
  const [{ words: first, user } = { words: [], user: 'root' }] = commands;
  const columns = first.map((_, index) => {
    const words = distinct(commands.map(({ words }) => words[index] as string));
    return index === 0 ? literalColumn(words) : columnOf(words);
  });
  return { name: first[0] ?? '', user, columns, commands };
}

/** @param words all of one kind */
function columnOf(words: readonly string[]): Column {
  const classified = words.map(classify);
  const [{ prefix, kind } = {} as Classified] = classified;
  if (kind === undefined || words.length === 1) return literalColumn(words);
  const patterns = kind.patterns(classified.map(({ value }) => value));
  if (patterns === undefined) return literalColumn(words);
  return {
    patterns: [...withPrefix(prefix, patterns)].sort(),
    words,
    says: kind.says,
    ...(prefix === '' && kind.directory !== undefined && { directory: kind.directory }),
  };
}

function literalColumn(words: readonly string[]): Column {
  return { patterns: words.map(literalPattern).sort(), words };
}

/** Rows that are the same but for one column become one, until there are none. */
function merged(rows: readonly Row[]): Row[] {
  let left = [...rows];
  for (let before = 0; left.length !== before; ) {
    before = left.length;
    const most = Math.max(0, ...left.map(({ columns }) => columns.length));
    // from the end, where values stand, so that `add` and `del` stay apart if anything does
    for (let index = most - 1; index > 0; index--) left = mergedAt(index, left);
  }
  return left;
}

function mergedAt(index: number, rows: readonly Row[]): Row[] {
  const alike = groupBy(rows, ({ user, columns }) =>
    JSON.stringify([user, ...columns.map(({ patterns }, at) => (at === index ? null : patterns))]),
  );
  return alike.flatMap((group) =>
    groupBy(group, (row) => speciesOf(row.columns[index])).flatMap((rows) =>
      speciesOf(rows[0]?.columns[index]) === 'rule' ? rows : [mergeRows(index, rows)],
    ),
  );
}

/**
 * What may be listed with what: options with options. A rule stands by itself: a directory with any name
 * in it, an option with any number.
 */
function speciesOf(column: Column | undefined): 'option' | 'value' | 'rule' {
  const isOption = column?.words[0]?.startsWith('-') === true;
  if (column?.says === 'paths' || (isOption && column?.says !== undefined)) return 'rule';
  return isOption ? 'option' : 'value';
}

/** @param rows the same but for the column at this index */
function mergeRows(index: number, rows: readonly Row[]): Row {
  const [first] = rows as readonly [Row, ...Row[]];
  if (rows.length === 1) return first;
  return {
    ...first,
    columns: first.columns.map((column, at) => {
      const all = rows.flatMap(({ columns }) => columns[at] ?? []);
      const words = distinct(all.flatMap(({ words }) => words));
      return at === index ? alternatives(all, words) : { ...column, words };
    }),
    commands: rows.flatMap(({ commands }) => commands),
  };
}

function alternatives(columns: readonly Column[], words: readonly string[]): Column {
  const says = distinct(columns.flatMap(({ says }) => says ?? []));
  const patterns = distinct(columns.flatMap(({ patterns }) => patterns));
  if (says.length > 0) return { patterns, words, says: says.join(' and ') };
  const alike = patterns.length > MOST_ALTERNATIVES ? alikePattern(words) : undefined;
  return alike === undefined
    ? { patterns, words }
    : { patterns: [alike], words, says: 'words alike' };
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort();
}
