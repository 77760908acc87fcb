import type { Node } from './syntax.js';

/** How many code points a node takes, at least and at most. */
export interface Width {
  readonly min: number;
  readonly max: number;
}

export const NO_WIDTH: Width = { min: 0, max: 0 };

/**
 * How many code points a node can take; a lookbehind must take a fixed number.
 * @param widthOfGroup for references
 */
export function widthOf(node: Node, widthOfGroup: (group: number) => Width): Width {
  switch (node.type) {
    case 'set':
      return { min: 1, max: 1 };
    case 'sequence':
      return node.items.reduce((sum: Width, item) => {
        const width = widthOf(item, widthOfGroup);
        return { min: sum.min + width.min, max: sum.max + width.max };
      }, NO_WIDTH);
    case 'either': {
      const widths = node.branches.map((branch) => widthOf(branch, widthOfGroup));
      return {
        min: Math.min(...widths.map(({ min }) => min)),
        max: Math.max(...widths.map(({ max }) => max)),
      };
    }
    case 'repeat': {
      const { min, max } = widthOf(node.body, widthOfGroup);
      return { min: times(min, node.min), max: times(max, node.max) };
    }
    case 'capture':
      return widthOf(node.body, widthOfGroup);
    case 'reference':
      return widthOfGroup(node.group);
    case 'look':
    case 'at':
    case 'boundary':
      return NO_WIDTH;
  }
}

function times(width: number, count: number): number {
  return width === 0 || count === 0 ? 0 : width * count;
}
