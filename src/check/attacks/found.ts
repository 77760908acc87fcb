import type { Finding } from '../finding.js';
import type { AttackRule } from './rules.js';

/** A finding about a filter, before it is said where that stands. Severity as if the user were root. */
export type Found = Omit<Finding, 'file' | 'line' | 'filter' | 'rule'> & {
  readonly rule: AttackRule;
};
