import type { Finding } from '../finding.js';
import type { PrivilegedRule } from './rules.js';

/** What is wrong, before it is known where that is written. */
export type Problem = Omit<Finding, 'file' | 'line' | 'filter' | 'rule'> & {
  readonly rule: PrivilegedRule | 'too-complex';
};
