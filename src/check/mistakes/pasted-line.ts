import { ConfigError } from '../../config/config-error.js';
import { createFilter, parseDefinitions } from '../../policy/load-filters.js';

/** A line for a filter file that means there what was meant here. */
export interface PastedLine {
  readonly text: string;
}

/** Characters. A longer line helps nobody, and comes from a file that wants to hurt. */
const LONGEST = 4000;

/**
 * The line that defines a filter; undefined where the dialect of the files cannot say it, or a
 * person could not read it.
 */
export function pastedLine(
  name: string,
  className: string,
  words: readonly string[],
): PastedLine | undefined {
  const text = `${name}: ${[className, ...words].join(', ')}`;
  if (text.length > LONGEST || /[^\P{C} ]/u.test(text)) return undefined;
  try {
    const [definition, ...others] = parseDefinitions(`[Filters]\n${text}\n`, 'line');
    if (definition === undefined || others.length > 0) return undefined;
    const { source } = definition;
    const same =
      source.name === name &&
      source.className === className &&
      JSON.stringify(definition.words) === JSON.stringify(words);
    return same && createFilter(definition) !== undefined ? { text } : undefined;
  } catch (error) {
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
}

/** What stands before the commas that end a line. */
export function withoutEmptyEnd(words: readonly string[]): readonly string[] {
  return words.slice(0, words.findLastIndex((word) => word !== '') + 1);
}

/** Characters in which a pattern shows. */
const ENOUGH = 200;

/** Whether text was surely written as a pattern, or as one of a shell. */
export function looksLikePattern(text: string): boolean {
  return /\.\*|\.\+|\*$|\/\*|\\[dwsDWSbBAZ.\\[\](){}+*?/-]|\(\?|\[[^\]]+\][*+?{]|^\^|\$$|\[[^\]]+-[^\]]+\]|\([^)]*\|[^)]*\)/.test(
    text.slice(0, ENOUGH),
  );
}
