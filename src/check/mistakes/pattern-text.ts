/** A piece of a pattern's text: an escape, a whole set of characters, or any other character. */
export interface Piece {
  readonly kind: 'escape' | 'class' | 'open-class' | 'plain';
  readonly text: string;
  readonly start: number;
}

/**
 * The pieces of a pattern as Python reads them, also of one that does not compile. `open-class` is
 * a set whose `]` is missing.
 */
export function* piecesOf(pattern: string): Generator<Piece> {
  let position = 0;
  while (position < pattern.length) {
    const start = position;
    const kind = kindAt(pattern, position);
    position = kind === 'class' ? classEnd(pattern, position) : position + 1;
    if (kind === 'escape') position = escapeEnd(pattern, start);
    const text = pattern.slice(start, position);
    const open = kind === 'class' && position > pattern.length;
    yield { kind: open ? 'open-class' : kind, text, start };
  }
}

function kindAt(pattern: string, position: number): 'escape' | 'class' | 'plain' {
  if (pattern[position] === '\\') return 'escape';
  return pattern[position] === '[' ? 'class' : 'plain';
}

function escapeEnd(pattern: string, start: number): number {
  const number = /^\\(?:x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8})/i.exec(
    pattern.slice(start, start + 10),
  );
  return start + (number?.[0].length ?? 2);
}

/** The index behind the `]`, and beyond the text where there is none. The first `]` is a member. */
function classEnd(pattern: string, start: number): number {
  let position = start + 1;
  if (pattern[position] === '^') position++;
  if (pattern[position] === ']') position++;
  while (position < pattern.length && pattern[position] !== ']') {
    position += pattern[position] === '\\' ? 2 : 1;
  }
  return Math.max(position + 1, start + 1);
}

/** What a pattern lacks at its end: the `]` of a set, the `)` of a group, the `}` of a count. */
export function unfinished(pattern: string): 'class' | 'group' | 'count' | undefined {
  let depth = 0;
  let plain = '';
  let before = false;
  for (const { kind, text } of piecesOf(pattern)) {
    if (kind === 'open-class') return 'class';
    if (kind !== 'plain') {
      before = true;
      plain = '';
      continue;
    }
    plain += text;
    if (text === '(') depth++;
    if (text === ')') depth--;
  }
  if (depth > 0) return 'group';
  const count = /\{\d*$/.exec(plain);
  return count !== null && (before || count.index > 0) ? 'count' : undefined;
}
