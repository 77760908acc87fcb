import type { PolicySource } from '../../policy/policy-source.js';
import type { Finding } from '../finding.js';
import { findingAt } from './mistake.js';
import { pastedLine } from './pasted-line.js';

/** Lines whose name a later line of the same file has too. */
export function repeatedNames({ lost, definitions }: PolicySource): Finding[] {
  const taken = new Set(definitions.map(({ source }) => `${source.file}\0${source.name}`));
  return lost.map(({ source, words, by }) => {
    const { name, className, file } = source;
    const same = className === by.source.className && words.join() === by.words.join();
    let number = 2;
    while (taken.has(`${file}\0${name}_${number}`)) number++;
    taken.add(`${file}\0${name}_${number}`);
    return findingAt(source, {
      rule: 'repeated-name',
      severity: same ? 'low' : 'medium',
      problem: `this line counts for nothing: line ${by.source.line} has the same name`,
      advice: same ? 'remove it' : pastedLine(`${name}_${number}`, className, words),
    });
  });
}
