import type { PolicySource } from '../../policy/policy-source.js';
import type { Finding } from '../finding.js';

/** What the engine stops at, for every command. */
export function engineRefuses({ problems }: PolicySource): Finding[] {
  return problems.map(({ file, line, problem }) => ({
    rule: 'engine-refuses',
    severity: 'high',
    file,
    line,
    problem,
  }));
}

/** What is odd in rootwrap.conf itself. */
export function configWarnings({ config }: PolicySource): Finding[] {
  return (config?.warnings ?? []).map(({ file, line, problem }) => ({
    rule: 'config-warning',
    severity: problem.includes('blanks included') ? 'medium' : 'low',
    file,
    line,
    problem,
  }));
}
