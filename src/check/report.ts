import type { Comparison } from './baseline.js';
import { countBySeverity } from './check-policy.js';
import type { Finding, Severity } from './finding.js';

/** What a run of the checks came to. */
export interface Report extends Comparison {
  /** What was read: filter files and filters. */
  readonly files: number;
  readonly filters: number;
  /** Why the engine would stop at this configuration, with exit code 97; undefined if it does not. */
  readonly refusal: string | undefined;
}

/** A report as one JSON object, by docs/schemas/check.json. */
export function reportAsJson({ findings, known, gone, refusal }: Report): object {
  return {
    findings: findings.map(({ place: _place, ...finding }) => finding),
    counts: countBySeverity(findings),
    baseline: { known, gone },
    refused: refusal !== undefined,
  };
}

/** How many of each severity, in words: `2 high, 0 medium, 1 low`. */
export function countsInWords(findings: readonly Finding[]): string {
  const counts = Object.entries(countBySeverity(findings)) as [Severity, number][];
  return counts.map(([severity, count]) => `${count} ${severity}`).join(', ');
}
