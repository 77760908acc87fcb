import type { Node } from './syntax.js';

/** RE2 refuses more repetitions than this, also of one repetition inside another. */
const RE2_REPEATS = 1000;

/**
 * Whether RE2 can match exactly what the pattern matches. It has no lookaround, no references to
 * groups, and knows words in ASCII only. Python's `$` also stands before a final newline, which RE2
 * can't say; but where nothing can follow the `$`, the whole word has been read by then, and it
 * means the end.
 */
export function isLinear(pattern: Node): boolean {
  return linear(pattern, true, 1);
}

/** @param last whether all that follows the node takes no character */
function linear(node: Node, last: boolean, repeats: number): boolean {
  switch (node.type) {
    case 'set':
      return true;
    case 'at':
      return node.place !== 'almost-end' || last;
    case 'sequence': {
      let atEnd = last;
      for (const item of node.items.toReversed()) {
        if (!linear(item, atEnd, repeats)) return false;
        atEnd &&= takesNothing(item);
      }
      return true;
    }
    case 'either':
      return node.branches.every((branch) => linear(branch, last, repeats));
    case 'capture':
      return linear(node.body, last, repeats);
    case 'repeat': {
      const times = Math.max(1, Number.isFinite(node.max) ? node.max : node.min);
      if (repeats * times > RE2_REPEATS) return false;
      return linear(node.body, last && node.max <= 1, repeats * times);
    }
    case 'reference':
    case 'look':
    case 'boundary':
      return false;
  }
}

function takesNothing(node: Node): boolean {
  switch (node.type) {
    case 'at':
    case 'look':
    case 'boundary':
      return true;
    case 'sequence':
      return node.items.every(takesNothing);
    case 'either':
      return node.branches.every(takesNothing);
    case 'capture':
      return takesNothing(node.body);
    case 'repeat':
      return node.max === 0 || takesNothing(node.body);
    case 'set':
    case 'reference':
      return false;
  }
}
