import type { IdentifiedFinding } from './fingerprint.js';

/** Findings that were there before, and are known: as many as `count` with this fingerprint. */
export interface KnownFinding {
  readonly fingerprint: string;
  readonly count: number;
  readonly rule: string;
  /** From the configuration's directory. */
  readonly file: string;
  readonly filter?: string;
}

export interface Comparison {
  /** Findings that are not known. */
  readonly findings: readonly IdentifiedFinding[];
  /** How many are. */
  readonly known: number;
  /** Known findings that are no longer found, with how many are missing. */
  readonly gone: readonly KnownFinding[];
}

/** Takes away what is known. Of findings that look the same, the first ones are. */
export function compare(
  findings: readonly IdentifiedFinding[],
  baseline: readonly KnownFinding[],
): Comparison {
  const left = new Map<string, number>();
  for (const { fingerprint, count } of baseline) {
    left.set(fingerprint, (left.get(fingerprint) ?? 0) + count);
  }
  const fresh = findings.filter(({ fingerprint }) => {
    const count = left.get(fingerprint) ?? 0;
    left.set(fingerprint, count - 1);
    return count <= 0;
  });
  const gone = baseline.flatMap((entry): KnownFinding[] => {
    const count = Math.min(entry.count, left.get(entry.fingerprint) ?? 0);
    if (count <= 0) return [];
    left.set(entry.fingerprint, (left.get(entry.fingerprint) ?? 0) - count);
    return [{ ...entry, count }];
  });
  return { findings: fresh, known: findings.length - fresh.length, gone };
}

/** All findings as known ones, in an order that does not depend on lines. */
export function knownFindings(findings: readonly IdentifiedFinding[]): KnownFinding[] {
  const counts = new Map<string, { finding: IdentifiedFinding; count: number }>();
  for (const finding of findings) {
    const known = counts.get(finding.fingerprint);
    if (known === undefined) counts.set(finding.fingerprint, { finding, count: 1 });
    else known.count++;
  }
  return [...counts.values()]
    .map(({ finding: { fingerprint, rule, place, filter }, count }) => ({
      rule,
      file: place,
      ...(filter !== undefined && { filter }),
      count,
      fingerprint,
    }))
    .sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
}

function sortKey({ file, filter = '', rule, fingerprint }: KnownFinding): string {
  return [file, filter, rule, fingerprint].join('\0');
}
