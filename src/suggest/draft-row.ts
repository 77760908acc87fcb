import { type Draft, isPlain } from './draft.js';
import { type Column, isReadable, listed, type Row, single } from './rows.js';

/** Commands that get a line each, where no line may take several. */
const MOST_LINES = 6;

/** Programs that act on a name: given the canonical path they would act on what a link leads to. */
const ACTS_ON_NAMES = new Set(
  'rm mv ln unlink link rmdir mkdir mknod mkfifo readlink realpath install rename'.split(' '),
);

/** Lines for a row: the first that fits, and narrower ones behind it. */
export function draftRow(row: Row): Draft[] {
  if (isRead(row)) return row.columns[1]?.words.map((path) => readFile(row, path)) ?? [];
  const pattern = patternDraft(row, () => narrowerThan(row));
  const constraints = constraintsOf(row);
  if (constraints === undefined) return [pattern];
  const path: Draft = {
    ...pattern,
    className: 'PathFilter',
    definition: [row.name, row.user, ...constraints],
    notes: [
      ...pattern.notes,
      'PathFilter follows links and `..` first, and runs the program with the path it came to',
    ],
    narrower: () => [pattern],
  };
  return [path];
}

/** The words that were seen in place of patterns, and then a line for each command. */
function narrowerThan(row: Row): Draft[] {
  const list = listed(row);
  const generalised = row.columns.some(({ says }) => says !== undefined);
  if (generalised && isReadable(list)) return [patternDraft(list, () => narrowerThan(list))];
  const rows = single(row);
  if (rows.length === 1 || rows.length > MOST_LINES) return [];
  return rows.map((one) => patternDraft(one));
}

/** `cat FILE` as root, for one file or a few. */
function isRead({ name, user, columns }: Row): boolean {
  if (name !== 'cat' || user !== 'root' || columns.length !== 2) return false;
  const file = columns[1] as Column;
  return file.says === undefined && file.words.every((word) => isPath(word));
}

function readFile(row: Row, path: string): Draft {
  return {
    className: 'ReadFileFilter',
    definition: [path],
    naming: ['read', path.slice(path.lastIndexOf('/') + 1)],
    user: 'root',
    program: '/bin/cat',
    commands: row.commands.filter(({ words }) => words[1] === path),
    notes: [],
  };
}

function patternDraft(row: Row, narrower?: () => readonly Draft[]): Draft {
  const patterns = row.columns.map(({ patterns }) =>
    patterns.length === 1 ? (patterns[0] as string) : `(${patterns.join('|')})`,
  );
  return {
    className: 'RegExpFilter',
    definition: [row.name, row.user, ...patterns],
    naming: [row.name.slice(row.name.lastIndexOf('/') + 1), ...fixedWords(row)],
    user: row.user,
    program: row.name,
    commands: row.commands,
    notes: row.columns.flatMap(noteOf),
    ...(narrower && { narrower }),
  };
}

/** What PathFilter would say of each argument; undefined where it would say too little or too much. */
export function constraintsOf({ name, columns }: Row): string[] | undefined {
  const args = columns.slice(1);
  if (ACTS_ON_NAMES.has(name.slice(name.lastIndexOf('/') + 1))) return undefined;
  if (!args.some(({ directory }) => directory !== undefined)) return undefined;
  const constraints = args.map(constraintOf);
  return constraints.every((constraint) => constraint !== undefined) ? constraints : undefined;
}

function constraintOf({ directory, words }: Column): string | undefined {
  if (directory !== undefined) return isPath(directory) ? directory : undefined;
  const [word = ''] = words;
  if (words.length !== 1 || word === 'pass' || !isPlain(word)) return undefined;
  return !word.startsWith('/') || isPath(word) ? word : undefined;
}

/** Absolute, in its shortest form. */
function isPath(text: string): boolean {
  return text.startsWith('/') && isPlain(text) && !/\/(\.\.?)?(\/|$)/.test(text);
}

/** The options and subcommands. */
function fixedWords({ columns }: Row): string[] {
  return columns
    .slice(1)
    .filter(({ words, says }) => words.length === 1 && says === undefined)
    .map(({ words }) => words[0] as string)
    .filter((word) => /^-{0,2}[A-Za-z][A-Za-z_-]*$/.test(word));
}

function noteOf({ says, words, patterns }: Column, index: number): string[] {
  if (says !== undefined) return [`word ${index + 1} had ${words.length} values: ${says}`];
  return patterns.length > 1 ? [`word ${index + 1} is one of those that were seen`] : [];
}
