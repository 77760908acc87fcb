import type { PolicySource } from '../../policy/policy-source.js';
import type { Finding } from '../finding.js';
import { freeName } from './free-name.js';
import { findingAt } from './mistake.js';
import { pastedLine } from './pasted-line.js';

/** Lines whose name a later line of the same file has too. */
export function repeatedNames(policy: PolicySource): Finding[] {
  return policy.lost.map(({ source, words, by }) => {
    const { name, className, file } = source;
    const same = className === by.source.className && words.join() === by.words.join();
    return findingAt(source, {
      rule: 'repeated-name',
      severity: same ? 'low' : 'medium',
      problem: `this line counts for nothing: line ${by.source.line} has the same name`,
      advice: same ? 'remove it' : pastedLine(freeName(policy, file, name), className, words),
    });
  });
}
