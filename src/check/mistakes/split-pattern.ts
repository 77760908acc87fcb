import { Pattern } from '../../policy/pattern/pattern.js';
import { cited, type LineCheck } from './mistake.js';
import { pastedLine } from './pasted-line.js';
import { piecesOf, unfinished } from './pattern-text.js';

/** Words that one pattern may have been cut into. */
const MOST_WORDS = 8;

/** A pattern that the file's own splitting at commas cut. */
export const splitPattern: LineCheck = function* ({ source, words, filter }) {
  if (filter === undefined || !/^(Chaining)?RegExpFilter$/.test(source.className)) return;
  const cuts = cutsIn(words);
  if (cuts.length === 0) return;
  const mended = words.slice(0, 2);
  for (let i = 2; i < words.length; ) {
    const cut = cuts.find(({ from }) => from === i);
    mended.push(cut?.mended ?? words[i] ?? '');
    i = cut?.to ?? i + 1;
  }
  const allMended = cuts.every((cut) => cut.mended !== undefined);
  const line = allMended ? pastedLine(source.name, source.className, mended) : undefined;
  const [first] = cuts as [Cut];
  const parts = words.slice(first.from, first.to);
  yield {
    rule: 'split-pattern',
    severity: 'medium',
    problem:
      `the comma in ${cited(parts.join(','))} cuts it into ${parts.length} patterns, so the filter ` +
      `wants ${words.length - 2} words`,
    advice: line ?? 'write the pattern without a comma: each count by itself, or \\x2c for a comma',
  };
};

interface Cut {
  /** Indexes into the words: the first of them, and the one behind the last. */
  readonly from: number;
  readonly to: number;
  readonly mended: string | undefined;
}

function cutsIn(words: readonly string[]): Cut[] {
  const cuts: Cut[] = [];
  for (let from = 2; from < words.length; ) {
    const cut = cutAt(words, from);
    if (cut !== undefined) cuts.push(cut);
    from = cut?.to ?? from + 1;
  }
  return cuts;
}

function cutAt(words: readonly string[], from: number): Cut | undefined {
  let joined = words[from] ?? '';
  let mended: string | undefined = joined;
  for (let to = from + 1; to < Math.min(words.length, from + MOST_WORDS); to++) {
    const missing = unfinished(joined);
    const next = words[to] ?? '';
    if (missing === undefined) return undefined;
    if (missing === 'count' && !/^\d*\}/.test(next)) return undefined;
    mended = mended === undefined ? undefined : mend(mended, next);
    joined += `,${next}`;
    if (unfinished(joined) !== undefined || new Pattern(joined).problem !== undefined) continue;
    const works = mended !== undefined && new Pattern(mended).problem === undefined;
    return { from, to: to + 1, mended: works ? mended : undefined };
  }
  return undefined;
}

/** Both sides of a comma as one pattern without it. */
function mend(left: string, right: string): string | undefined {
  const from = /\{(\d*)$/.exec(left);
  const to = /^(\d*)\}[?+]?/.exec(right);
  if (unfinished(left) === 'class' || from === null || to === null) return `${left}\\x2c${right}`;
  const head = left.slice(0, from.index);
  const atom = lastAtom(head);
  if (atom === undefined) return undefined;
  const repeated = repeat(atom, Number(from[1]), to[1] === '' ? undefined : Number(to[1]));
  if (repeated === undefined) return undefined;
  return head.slice(0, head.length - atom.length) + repeated + right.slice(to[0].length);
}

/** What a count behind this text would repeat. */
function lastAtom(text: string): string | undefined {
  const pieces = [...piecesOf(text)];
  let depth = 0;
  for (const { kind, text: piece, start } of pieces.toReversed()) {
    if (kind === 'plain' && piece === ')') depth++;
    if (kind === 'plain' && piece === '(') depth--;
    if (depth < 0) return undefined;
    if (depth === 0) return text.slice(start);
  }
  return undefined;
}

/** Characters of a repetition written out that people can still read. */
const READABLE = 200;

function repeat(atom: string, min: number, max: number | undefined): string | undefined {
  if (max === undefined) return min === 0 ? `${atom}*` : `${times(atom, min - 1)}${atom}+`;
  if (max < min) return undefined;
  const text = times(atom, min) + `${atom}?`.repeat(Math.min(max - min, READABLE));
  return text.length <= READABLE ? text : undefined;
}

function times(atom: string, count: number): string {
  return count <= 3 ? atom.repeat(count) : `${atom}{${count}}`;
}
