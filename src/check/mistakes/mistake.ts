import type { FilterSource } from '../../policy/filters/filter.js';
import type { DefinedFilter, PolicySource } from '../../policy/policy-source.js';
import type { Finding, Severity } from '../finding.js';
import type { PastedLine } from './pasted-line.js';
import type { MistakeRule } from './rules.js';

/** What to do: a line to paste, or a sentence. */
export type Advice = PastedLine | string;

/** What is wrong with a line, before it is known which line that is. */
export interface Mistake {
  readonly rule: MistakeRule;
  readonly severity: Severity;
  readonly problem: string;
  readonly advice?: Advice | undefined;
  readonly gets?: string;
  readonly example?: readonly string[];
}

/** One kind of mistake: looks at a line by itself. */
export type LineCheck = (definition: DefinedFilter, source: PolicySource) => Iterable<Mistake>;

/** The finding about a line of a filter file. */
export function findingAt(
  { file, line, name }: FilterSource,
  { advice, ...mistake }: Mistake,
): Finding {
  return { ...mistake, file, line, filter: name, ...adviceOf(advice) };
}

export function adviceOf(advice: Advice | undefined): Pick<Finding, 'instead' | 'isLine'> {
  if (advice === undefined) return {};
  return typeof advice === 'string' ? { instead: advice } : { instead: advice.text, isLine: true };
}

const LONGEST = 60;

/** Text from a file for a sentence: cut when long. Escaping is for whoever shows it. */
export function cited(text: string): string {
  return `'${text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text}'`;
}
