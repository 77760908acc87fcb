import { EVERYTHING } from '../../policy/pattern/code-point-set.js';
import { LinearMatcher } from '../../policy/pattern/matcher.js';
import { parse } from '../../policy/pattern/parse.js';
import {
  type Node,
  PatternSyntaxError,
  UnsupportedPatternError,
} from '../../policy/pattern/syntax.js';

import { isLinear } from '../../policy/pattern/traits.js';

/** A pattern of JavaScript as the engine's own reader of patterns understands it. */
export interface ReadPattern {
  /** In Python's syntax. */
  readonly python: string;
  /** The words that it is found in, as a whole. */
  readonly words: Node;
  /** The same for trying words in linear time; undefined where that cannot be done. */
  readonly probe: LinearMatcher | undefined;
  /** Whether it can only begin at the start of a word, and only end at its end. */
  readonly fromStart: boolean;
  readonly toEnd: boolean;
}

const ANY: Node = {
  type: 'repeat',
  body: { type: 'set', set: EVERYTHING },
  min: 0,
  max: Number.POSITIVE_INFINITY,
  lazy: false,
};

/**
 * Reads a pattern of JavaScript with the flag `u`. Python's syntax is nearly the same; what differs
 * is rewritten. White space beyond ASCII and the line ends that `.` leaves out are taken as Python
 * takes them: a word that is found is to be tried on the pattern itself.
 *
 * @returns undefined where Python has no such syntax
 */
export function readPattern(pattern: string): ReadPattern | undefined {
  const rewritten = toPython(pattern);
  if (rewritten === undefined) return undefined;
  const python = `(?a)${rewritten}`;
  try {
    const node = withPlainEnds(parse(python));
    const words: Node = { type: 'sequence', items: [ANY, node, ANY] };
    return {
      python,
      words,
      probe: isLinear(words) ? new LinearMatcher(pattern, words) : undefined,
      fromStart: isBound(node, 'start'),
      toEnd: isBound(node, 'end'),
    };
  } catch (error) {
    if (error instanceof PatternSyntaxError || error instanceof UnsupportedPatternError) {
      return undefined;
    }
    throw error;
  }
}

/** Python takes the first `]` of a set for a member; JavaScript has empty sets. */
function toPython(pattern: string): string | undefined {
  const pieces = pattern.match(/\\u\{[^}]*\}|\\.|\[\^?\]|\(\?<(?![=!])|./gsu) ?? [];
  if (pieces.some((piece) => /^\[\^?\]$/.test(piece))) return undefined;
  const rewritten = pieces.map((piece) => {
    if (piece === '(?<') return '(?P<';
    const point = /^\\u\{([0-9a-f]+)\}$/i.exec(piece)?.[1];
    return point === undefined ? piece : `\\U${point.padStart(8, '0').slice(-8)}`;
  });
  return rewritten.join('');
}

/** Python's `$` also stands before a line end at the end; JavaScript's does not. */
function withPlainEnds(node: Node): Node {
  switch (node.type) {
    case 'at':
      return node.place === 'almost-end' ? { type: 'at', place: 'end' } : node;
    case 'sequence':
      return { ...node, items: node.items.map(withPlainEnds) };
    case 'either':
      return { ...node, branches: node.branches.map(withPlainEnds) };
    case 'capture':
    case 'repeat':
    case 'look':
      return { ...node, body: withPlainEnds(node.body) };
    default:
      return node;
  }
}

/** Whether each way through the node passes by the start, or the end, of the word. */
function isBound(node: Node, place: 'start' | 'end'): boolean {
  switch (node.type) {
    case 'at':
      return node.place === place;
    case 'sequence':
      return node.items.some((item) => isBound(item, place));
    case 'either':
      return node.branches.every((branch) => isBound(branch, place));
    case 'capture':
      return isBound(node.body, place);
    case 'repeat':
      return node.min > 0 && isBound(node.body, place);
    default:
      return false;
  }
}
