import { escapeControls } from '../log/escape.js';
import type { Declined, Draft } from './draft.js';
import type { ObservedCommand } from './observed-command.js';

/** Columns of a line, where it can be folded. */
const WIDTH = 80;
const MOST_EXAMPLES = 3;
const LONGEST_EXAMPLE = 200;
const LONGEST_NAME = 40;
/** Words of a command that its name is made of. */
const NAMING_WORDS = 5;
const INDENT = '    ';

/** A line as it will stand in the file. */
export interface NamedDraft extends Draft {
  readonly name: string;
}

/** Lines in an order that depends on nothing but what they say, each under a name of its own. */
export function named(drafts: readonly Draft[]): NamedDraft[] {
  const taken = new Set<string>();
  const next = new Map<string, number>();
  return [...drafts].sort(byText).map((draft) => {
    const base = nameOf(draft.naming);
    let number = next.get(base) ?? 1;
    let name = number === 1 ? base : `${base}_${number}`;
    while (taken.has(name)) name = `${base}_${++number}`;
    next.set(base, number + 1);
    taken.add(name);
    return { ...draft, name };
  });
}

/** The text of a filter file: the lines, each below what it was written from. */
export function filterFile(
  heading: readonly string[],
  drafts: readonly NamedDraft[],
  declined: readonly Declined[] = [],
): string {
  const refusals = declined.map((entry) => declinedText(entry));
  return [
    ...heading.map((line) => comment(line)),
    '[Filters]\n',
    ...drafts.map((draft) => `\n${comments(draft)}${filterLine(draft)}\n`),
    ...(refusals.length > 0 ? [`\n${comment('Declined: no line was written for these.')}`] : []),
    ...refusals,
  ].join('');
}

/**
 * A filter in the dialect of `parseConfig`, which has no quotes and no escapes: folded behind commas,
 * since a line that is indented continues the one above.
 *
 * @throws Error for words that the dialect cannot hold: they must not come so far
 */
export function filterLine({
  name,
  className,
  definition,
}: Pick<NamedDraft, 'name' | 'className' | 'definition'>): string {
  const wrong = definition.find((word) => !isWritable(word));
  if (wrong !== undefined) throw new Error(`a filter cannot hold ${JSON.stringify(wrong)}`);
  const lines: string[] = [];
  let line = `${name}: ${className}`;
  for (const word of definition) {
    if (line.length + word.length + 3 > WIDTH) {
      lines.push(`${line},`);
      line = `${INDENT}${word}`;
    } else line = `${line}, ${word}`;
  }
  return [...lines, line].join('\n');
}

/** What stands between two commas and comes back from there as it was, on a line of its own as well. */
export function isWritable(word: string): boolean {
  return /^[!-~]([ -~]*[!-~])?$/.test(word) && !word.includes(',') && !/^[#;]/.test(word);
}

/** A command on one line, for people: quoted as for a shell, characters escaped that do not show. */
export function shown({ words }: Pick<ObservedCommand, 'words'>): string {
  const text = words.map(shownWord).join(' ');
  return text.length <= LONGEST_EXAMPLE ? text : `${text.slice(0, LONGEST_EXAMPLE)}...`;
}

function shownWord(word: string): string {
  if (/^[\w./:=@%+,-]+$/.test(word)) return word;
  return `'${escapeControls(word.replaceAll("'", "'\\''")).replace(/[^ -~]/gu, escapeLetter)}'`;
}

function escapeLetter(letter: string): string {
  const code = letter.codePointAt(0) as number;
  if (code <= 0xff) return `\\x${code.toString(16)}`;
  if (code <= 0xffff) return `\\u${code.toString(16).padStart(4, '0')}`;
  return `\\U${code.toString(16).padStart(8, '0')}`;
}

/** The first of each, with the number of all. */
export function examplesOf(commands: readonly ObservedCommand[]): readonly string[] {
  return [...new Set(commands.map(shown))].sort().slice(0, MOST_EXAMPLES);
}

export function countOf(commands: readonly ObservedCommand[]): number {
  return commands.reduce((sum, { count }) => sum + count, 0);
}

function comments({ commands, notes }: NamedDraft): string {
  const guessed = commands.some(({ origin }) => origin === 'split');
  return [
    ...observedText(commands),
    ...notes.map((note) => comment(`${note}.`, 2)),
    ...(guessed
      ? [
          comment(
            'UNCERTAIN: from a log that does not tell where words end; compare the program.',
            2,
          ),
        ]
      : []),
  ].join('');
}

function declinedText({ commands, reason, draft }: Declined): string {
  const line = draft && filterLine({ ...draft, name: nameOf(draft.naming) });
  return [
    '\n',
    ...observedText(commands),
    comment(`${reason}.`, 2),
    ...(line === undefined ? [] : line.split('\n').map((text) => `#   ${text}\n`)),
  ].join('');
}

function observedText(commands: readonly ObservedCommand[]): string[] {
  const examples = examplesOf(commands);
  const different = new Set(commands.map(({ words }) => JSON.stringify(words))).size;
  const more = different > examples.length ? [`and ${different - examples.length} more`] : [];
  const count = countOf(commands);
  return [
    comment(`Seen ${count === 1 ? 'once' : `${count} times`}:`),
    ...[...examples, ...more].map((example) => comment(example, 2)),
  ];
}

/** A comment, folded at blanks where that helps; each line of it begins with #. */
function comment(text: string, indent = 0): string {
  const start = `# ${' '.repeat(indent)}`;
  const room = WIDTH - start.length;
  const lines: string[] = [];
  let left = text;
  while (left.length > room) {
    const blank = left.lastIndexOf(' ', room);
    const end = blank > room / 2 ? blank : room;
    lines.push(left.slice(0, end));
    left = left.slice(end).trimStart();
  }
  return [...lines, left].map((line) => `${`${start}${line}`.trimEnd()}\n`).join('');
}

function nameOf(naming: readonly string[]): string {
  const text = naming
    .slice(0, NAMING_WORDS)
    .join('_')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');
  const name = text.slice(0, LONGEST_NAME).replace(/_$/, '');
  return /^[a-z]/.test(name) ? name : `run_${name}`.replace(/_$/, '');
}

function byText(one: Draft, other: Draft): number {
  const [a, b] = [one, other].map(({ naming, className, definition }) =>
    JSON.stringify([naming[0], naming, className, definition]),
  ) as [string, string];
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
