import type { ConfigError } from '../config/config-error.js';
import type { PolicySource } from '../policy/policy-source.js';
import { checkAttacks } from './attacks/check-attacks.js';
import { type Finding, SEVERITIES, type Severity } from './finding.js';
import { checkMistakes } from './mistakes/check-mistakes.js';
import { checkModules } from './privileged/check-modules.js';
import type { Modules } from './privileged/modules.js';
import { checkTrust } from './trust/check-trust.js';

export interface CheckOptions {
  /** Whether owners and modes count, and who may start the engine; not for files to be installed. */
  readonly trust: boolean;
  /** Whether what this machine has counts: its programs, users and directories. */
  readonly machine: boolean;
  /** Whose lines in sudoers to look at. */
  readonly user?: string;
  /** The privileged modules that the configuration names; undefined leaves them out. */
  readonly modules?: Modules;
}

/** One source of findings. */
export type Check = (source: PolicySource, options: CheckOptions) => readonly Finding[];

const CHECKS: readonly Check[] = [
  checkAttacks,
  checkMistakes,
  ({ config, definitions }, { modules }) =>
    modules === undefined ? [] : checkModules(modules, { config, definitions }),
  (source, { trust, user, modules }) =>
    trust
      ? checkTrust(source, {
          ...(user !== undefined && { user }),
          ...(modules !== undefined && { modules: modules.directory }),
        })
      : [],
];

/**
 * What the keeper of a policy should know about it, in the order of its files and lines, the worst
 * first in each line.
 */
export function checkPolicy(
  source: PolicySource,
  options: CheckOptions,
  checks: readonly Check[] = CHECKS,
): Finding[] {
  const found = checks.flatMap((check) => check(source, options));
  return distinct(inOrder(found, source.files));
}

/** A configuration that cannot be read at all, as a finding. */
export function refusal({ file, line, problem }: ConfigError): Finding {
  return { rule: 'engine-refuses', severity: 'high', file, line, problem };
}

/** How many there are of each severity. */
export function countBySeverity(findings: readonly Finding[]): Record<Severity, number> {
  const counts = { high: 0, medium: 0, low: 0 };
  for (const { severity } of findings) counts[severity]++;
  return counts;
}

/** Two checks may come to the same finding, and one check by two ways; the worst comes first. */
function distinct(findings: readonly Finding[]): Finding[] {
  const known = new Map<string, Finding>();
  for (const finding of findings) {
    const { rule, file, line, filter, problem, example } = finding;
    const key = JSON.stringify([rule, file, line, filter, problem, example]);
    if (!known.has(key)) known.set(key, finding);
  }
  return [...known.values()];
}

/** Files as the engine reads them; then others, by name. */
function inOrder(findings: Finding[], files: readonly string[]): Finding[] {
  const positions = new Map(files.map((file, position) => [file, position]));
  const position = ({ file }: Finding) => positions.get(file) ?? files.length;
  return findings.sort(
    (a, b) =>
      position(a) - position(b) ||
      byText(a.file, b.file) ||
      a.line - b.line ||
      SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
      byText(a.rule, b.rule),
  );
}

function byText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
