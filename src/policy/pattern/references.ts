import { type Node, UnsupportedPatternError } from './syntax.js';

/**
 * The groups that the pattern refers to. Only such patterns pass in which every reference means the
 * same to Python and to V8: V8 lets a reference to a group that has not taken part match nothing
 * and empties groups on each turn of a repetition, Python does neither. So the group must surely
 * have been read before, on the way to the reference, and not inside a repetition that has ended
 * since; and no lookbehind may hold a reference, since V8 reads those backwards. What a lookahead
 * has read counts outside it only once, in the way tried first, and the two engines don't try the
 * turns of an empty repetition in the same order: so a group in a lookahead counts only inside.
 * @throws UnsupportedPatternError for any other reference
 */
export function checkedReferences(pattern: Node): ReadonlySet<number> {
  const referenced = new Set<number>();
  walk(pattern, new Set(), referenced, false);
  return referenced;
}

/** @returns the groups surely read once the node has matched */
function walk(
  node: Node,
  read: ReadonlySet<number>,
  referenced: Set<number>,
  behind: boolean,
): ReadonlySet<number> {
  switch (node.type) {
    case 'set':
    case 'at':
    case 'boundary':
      return read;
    case 'sequence':
      return node.items.reduce((sofar, item) => walk(item, sofar, referenced, behind), read);
    case 'either': {
      const [first, ...others] = node.branches.map((b) => walk(b, read, referenced, behind));
      return new Set([...(first ?? read)].filter((group) => others.every((o) => o.has(group))));
    }
    case 'capture':
      return new Set([...walk(node.body, read, referenced, behind), node.group]);
    case 'repeat': {
      const after = walk(node.body, read, referenced, behind);
      return node.min === 1 && node.max === 1 ? after : read;
    }
    case 'look':
      walk(node.body, read, referenced, behind || !node.ahead);
      return read;
    case 'reference':
      if (behind || !read.has(node.group)) {
        throw new UnsupportedPatternError('a reference to a group that may not have been read');
      }
      referenced.add(node.group);
      return read;
  }
}
