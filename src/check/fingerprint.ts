import { createHash } from 'node:crypto';
import { dirname, relative } from 'node:path';
import type { PolicySource } from '../policy/policy-source.js';
import type { Finding } from './finding.js';

/** A finding with what makes it the same one in the next run. */
export interface IdentifiedFinding extends Finding {
  /** 32 hexadecimal digits. Findings that cannot be told apart have the same. */
  readonly fingerprint: string;
  /** The file, from the configuration's directory where it lies below that. */
  readonly place: string;
}

/** What a fingerprint needs of a policy. */
export type Identity = Pick<PolicySource, 'path' | 'config' | 'files' | 'definitions'>;

const DIGITS = 32;

/**
 * Adds fingerprints, which hold rule, file, name and text of the filter: not the line, so that other
 * lines may come and go, and not where the checkout lies. A filter that was changed is another one.
 */
export function identify(findings: readonly Finding[], source: Identity): IdentifiedFinding[] {
  const files = new Set(source.files);
  const isDirectory = source.config === undefined && !files.has(source.path);
  const base = isDirectory ? source.path : dirname(source.path);
  const texts = new Map(
    source.definitions.map(({ source: { file, line, className }, words }) => [
      `${file}:${line}`,
      JSON.stringify([className, ...words]),
    ]),
  );
  return findings.map((finding) => {
    const { rule, file, line, filter = null, problem } = finding;
    const place = placeOf(file, base, files);
    const text = texts.get(`${file}:${line}`) ?? withoutLines(problem);
    const parts = JSON.stringify([rule, place, filter, text]);
    const fingerprint = createHash('sha256').update(parts).digest('hex').slice(0, DIGITS);
    return { ...finding, fingerprint, place };
  });
}

/** A file of the policy is named from the configuration's directory, one of the system's as it is. */
function placeOf(file: string, base: string, files: ReadonlySet<string>): string {
  const place = relative(base, file);
  return files.has(file) || !/^\.\.(?:\/|$)/.test(place) ? place : file;
}

/** References to lines move with the lines. */
function withoutLines(problem: string): string {
  return problem.replace(/:\d+\b/g, ':').replace(/\blines? \d+/g, 'line');
}
