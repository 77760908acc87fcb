import type { Plan } from '../exec/plan.js';
import { pythonList } from '../log/escape.js';
import type { Miss } from '../policy/decision.js';
import { baseName } from '../policy/filters/filter.js';
import type { Policy } from '../policy/policy.js';

import type { CommandLine, Line } from './read-commands.js';
import type { LineReport } from './report.js';

/** A line that may run. */
export interface AllowedLine extends CommandLine {
  readonly plan: Plan;
}

export interface Checked {
  readonly allowed: readonly AllowedLine[];
  /** Lines that cannot be read, and commands that the policy refuses; in their order. */
  readonly refused: readonly LineReport[];
}

/** Asks the policy about every line, and runs none. */
export function checkCommands(lines: readonly Line[], policy: Policy): Checked {
  const allowed: AllowedLine[] = [];
  const refused: LineReport[] = [];
  for (const line of lines) {
    if ('problem' in line) {
      const { problem: reason, ...place } = line;
      refused.push({ ...place, outcome: 'unreadable', reason });
      continue;
    }
    const { words } = line;
    const decision = policy.decide(words);
    if (decision.outcome === 'allowed') {
      allowed.push({ ...line, plan: decision.plan });
      continue;
    }
    const { outcome } = decision;
    const reason =
      outcome === 'denied'
        ? nearest(words, decision.misses)
        : `${decision.exec} is not there: install it, or correct exec_dirs or the filter`;
    refused.push({ line: line.line, outcome, command: words, reason });
  }
  return { allowed, refused };
}

/** The filter that agreed with the most words; the first of several. */
function nearest(words: readonly string[], misses: readonly Miss[]): string {
  let best: Miss | undefined;
  let furthest = -2;
  for (const miss of misses) {
    const reached = miss.word === undefined ? -1 : words.indexOf(miss.word);
    if (reached > furthest) [best, furthest] = [miss, reached];
  }
  if (best === undefined) return `no filter is about ${baseName(words[0] ?? '')} in this place`;
  const { filter, reason, word } = best;
  const place = filter.line > 0 ? `${filter.file}:${filter.line}: ${filter.name}: ` : '';
  return `${place}${word === undefined ? '' : `${pythonList([word]).slice(1, -1)} `}${reason}`;
}
