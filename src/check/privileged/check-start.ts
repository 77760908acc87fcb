import { baseName, type Filter } from '../../policy/filters/filter.js';
import type { WordRule } from '../../policy/filters/shape.js';
import { PatternBudget } from '../../policy/pattern/pattern.js';
import type { DefinedFilter } from '../../policy/policy-source.js';

const STARTER = 'tsrootwrap-privileged';
/** Milliseconds for the patterns of all filters that start helpers. */
const PATIENCE = 100;

/** Whether a filter takes the words that start the helper of a context. */
export function isStarted(definitions: readonly DefinedFilter[], context: string): boolean {
  const budget = new PatternBudget(PATIENCE);
  return starters(definitions).some(({ filter }) => {
    const { words, rest } = filter.shape();
    if (rest !== 'nothing') return true;
    const at = words.findIndex((rule) => takes(rule, '--context', budget));
    const next = words[at + 1];
    return at !== -1 && next !== undefined && takes(next, context, budget);
  });
}

interface Starter extends DefinedFilter {
  readonly filter: Filter;
}

function starters(definitions: readonly DefinedFilter[]): Starter[] {
  return definitions.filter(
    (definition): definition is Starter =>
      definition.filter !== undefined && baseName(definition.filter.exec) === STARTER,
  );
}

function takes(rule: WordRule, word: string, budget: PatternBudget): boolean {
  switch (rule.takes) {
    case 'anything':
      return true;
    case 'words':
      return rule.words.includes(word);
    case 'pattern':
      return rule.pattern.matches(word, budget);
    default:
      return false;
  }
}
