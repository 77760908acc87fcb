import { Pattern } from '../../policy/pattern/pattern.js';
import { cited, type LineCheck } from './mistake.js';
import { pastedLine } from './pasted-line.js';
import { piecesOf } from './pattern-text.js';

/** All that can be seen, and the four blocks of punctuation. */
const USUAL = [' ~', '!~', ' /', '!/', ':@', '[`', '{~'];

interface Range {
  readonly from: string;
  readonly to: string;
  /** The set as it was probably meant: the `-` as itself, or a range for each kind of letter. */
  readonly meant: string | undefined;
}

/** A range in a set of characters that goes from one kind of character to another. */
export const oddRange: LineCheck = function* ({ source, words, filter }) {
  if (filter === undefined || !/^(Chaining)?RegExpFilter$/.test(source.className)) return;
  const mended = words.map((word, index) => (index < 2 ? word : withMeantRanges(word)));
  for (const [index, word] of words.entries()) {
    if (index < 2 || new Pattern(word).problem !== undefined) continue;
    const range = [...piecesOf(word)].flatMap(({ kind, text }) =>
      kind === 'class' ? (oddRangeIn(text) ?? []) : [],
    )[0];
    if (range === undefined) continue;
    const line = mended.every((word) => word !== undefined)
      ? pastedLine(source.name, source.className, mended)
      : undefined;
    yield {
      rule: 'odd-range',
      severity: 'low',
      problem: `${cited(`${range.from}-${range.to}`)} in ${cited(word)} takes ${between(range)}`,
      advice: line ?? 'write a range for each kind of character',
    };
  }
};

/** A set has few ranges that could be odd: more are not worth a line. */
const MOST_ODD = 5;

/** Undefined when it cannot be told what was meant. */
function withMeantRanges(pattern: string): string | undefined {
  const pieces = [...piecesOf(pattern)].map(({ kind, text }) => {
    let set: string | undefined = text;
    for (let i = 0; kind === 'class' && set !== undefined && i <= MOST_ODD; i++) {
      const range = oddRangeIn(set);
      if (range === undefined) return set;
      set = range.meant;
    }
    return kind === 'class' ? undefined : text;
  });
  return pieces.includes(undefined) ? undefined : pieces.join('');
}

function oddRangeIn(set: string): Range | undefined {
  const inside = set.slice(1, -1);
  // A member: an escape, or any character. The text of a set holds no more than that.
  const members = [...inside.matchAll(/\\(?:x[0-9a-f]{2}|[0-7]{1,3}|.)|[^\\]/gisu)];
  let index = inside.startsWith('^') ? 1 : 0;
  while (index + 2 < members.length) {
    const [from, dash, to] = members.slice(index, index + 3);
    if (from === undefined || to === undefined || dash?.[0] !== '-') {
      index++;
      continue;
    }
    const first = plainCharacter(from[0]);
    const last = plainCharacter(to[0]);
    if (first !== undefined && last !== undefined && isOdd(first, last)) {
      const head = inside.slice(0, from.index);
      const tail = inside.slice(to.index + to[0].length);
      return { from: first, to: last, meant: meantBy(first, last, head, tail, from[0], to[0]) };
    }
    index += 3;
  }
  return undefined;
}

function meantBy(
  first: string,
  last: string,
  head: string,
  tail: string,
  from: string,
  to: string,
): string | undefined {
  if (/^[A-Z][a-z]$/.test(first + last)) return `[${head}${from}-Za-${to}${tail}]`;
  if (/^[0-9A-Za-z]{2}$/.test(first + last)) return undefined;
  return `[${head}${from}${to}${tail.replace(/-$/, '')}-]`;
}

/** Undefined for one that was given by its number: who does that knows what lies between. */
function plainCharacter(member: string): string | undefined {
  if (!member.startsWith('\\')) return member;
  return /^\\[^A-Za-z0-9]$/s.test(member) ? member.slice(1) : undefined;
}

function isOdd(first: string, last: string): boolean {
  if (/[^!-~ ]/.test(first + last) || first === last) return false;
  if (USUAL.includes(first + last)) return false;
  return kindOf(first) === 'punctuation' || kindOf(first) !== kindOf(last);
}

function kindOf(character: string): string {
  if (/[0-9]/.test(character)) return 'digit';
  if (/[A-Z]/.test(character)) return 'upper';
  return /[a-z]/.test(character) ? 'lower' : 'punctuation';
}

function between({ from, to }: Range): string {
  const first = from.charCodeAt(0);
  const length = to.charCodeAt(0) - first + 1;
  const all = String.fromCharCode(...Array.from({ length }, (_, index) => first + index));
  return all
    .replace('0123456789', ' 0-9 ')
    .replace('ABCDEFGHIJKLMNOPQRSTUVWXYZ', ' A-Z ')
    .replace('abcdefghijklmnopqrstuvwxyz', ' a-z ')
    .trim();
}
