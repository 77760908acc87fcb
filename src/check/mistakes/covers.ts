import type { Filter } from '../../policy/filters/filter.js';
import { isWithin } from '../../policy/filters/path-filter.js';
import type { Shape, WordRule } from '../../policy/filters/shape.js';
import { PatternBudget } from '../../policy/pattern/pattern.js';

/** Milliseconds for one pattern and the words that it is asked about. */
const PATIENCE = 50;

/** Classes whose `match` refuses some of what their shape takes. */
const NARROWER_THAN_SHAPE = ['IpFilter', 'IpNetnsExecFilter', 'ChainingRegExpFilter', 'KillFilter'];

/**
 * Whether a filter takes every command that another takes. False where it cannot be told. `.*` counts
 * as taking everything: what has a newline in it is left out of the question.
 */
export function covers(wide: Filter, narrow: Filter): boolean {
  const sameClass = wide.source.className === narrow.source.className;
  if (NARROWER_THAN_SHAPE.includes(wide.source.className) && !sameClass) return false;
  if (wide.chaining && wide.user !== narrow.user) return false; // another filter is asked behind it
  const a = shapeOf(wide);
  const b = shapeOf(narrow);
  if (a.variables.length !== b.variables.length) return false;
  if (!a.variables.every((name) => b.variables.includes(name))) return false;
  if (a.rest === 'anything') {
    if (b.words.length < a.words.length) return false;
  } else if (a.rest !== b.rest || a.words.length !== b.words.length) {
    return false;
  }
  return a.words.every((rule, index) => {
    const other = b.words[index];
    return other !== undefined && takes(rule, other);
  });
}

/** A line is compared with many others. */
const shapes = new WeakMap<Filter, Shape>();

function shapeOf(filter: Filter): Shape {
  const known = shapes.get(filter);
  if (known !== undefined) return known;
  const shape = filter.shape();
  shapes.set(filter, shape);
  return shape;
}

function takes(wide: WordRule, narrow: WordRule): boolean {
  switch (wide.takes) {
    case 'anything':
      return true;
    case 'words':
      return narrow.takes === 'words' && narrow.words.every((word) => wide.words.includes(word));
    case 'pattern': {
      const { pattern } = wide;
      if (narrow.takes === 'pattern') {
        return pattern.source === narrow.pattern.source || pattern.source === '.*';
      }
      if (narrow.takes !== 'words') return false;
      const budget = new PatternBudget(PATIENCE);
      return narrow.words.every((word) => pattern.matches(word, budget));
    }
    case 'path':
      return narrow.takes === 'path' && isSurelyWithin(narrow.directory, wide.directory);
    case 'process':
      return narrow.takes === 'process' && narrow.program === wide.program;
  }
}

/** By their text; `..` and links are left out of it. */
function isSurelyWithin(path: string, directory: string): boolean {
  return path === directory || (!path.includes('/..') && isWithin(path, directory));
}
