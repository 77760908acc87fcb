import { relative, resolve } from 'node:path';
import { escapeCommand, escapeControls } from '../log/escape.js';
import { VERSION } from '../wire/version.js';
import { atLeast, type Severity } from './finding.js';
import type { IdentifiedFinding } from './fingerprint.js';
import { RULES } from './rule-table.js';

/** SARIF 2.1.0, 3.27.10 */
const LEVELS: Readonly<Record<Severity, string>> = {
  high: 'error',
  medium: 'warning',
  low: 'note',
};

/** Code hosts sort by a number as CVSS has it: from 7 on it is high, from 4 on medium. */
const SECURITY_SEVERITIES: Readonly<Record<Severity, string>> = {
  high: '8.0',
  medium: '5.0',
  low: '2.0',
};

/**
 * Findings in the Static Analysis Results Interchange Format, version 2.1.0 (OASIS): what code hosts
 * annotate changes with.
 *
 * @param root the directory that the names of files are to start at: the repository's
 */
export function toSarif(findings: readonly IdentifiedFinding[], root: string): object {
  const rules = [...new Set(findings.map(({ rule }) => rule))].sort();
  const seen = new Map<string, number>();
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'tsrootwrapctl',
            version: VERSION,
            rules: rules.map((rule) => toDescriptor(rule, worst(findings, rule))),
          },
        },
        columnKind: 'utf16CodeUnits',
        results: findings.map((finding) => {
          const count = (seen.get(finding.fingerprint) ?? 0) + 1;
          seen.set(finding.fingerprint, count);
          return toResult(finding, rules.indexOf(finding.rule), count, root);
        }),
      },
    ],
  };
}

function toDescriptor(id: string, severity: Severity): object {
  const { title, help } = RULES[id] ?? { title: id, help: id };
  return {
    id,
    shortDescription: { text: title },
    fullDescription: { text: help },
    help: { text: help },
    defaultConfiguration: { level: LEVELS[severity] },
    properties: { tags: ['security'], 'security-severity': SECURITY_SEVERITIES[severity] },
  };
}

/** A rule has one number for all of its results: that of the worst. */
function worst(findings: readonly IdentifiedFinding[], rule: string): Severity {
  return findings
    .filter((finding) => finding.rule === rule)
    .map(({ severity }) => severity)
    .reduce((worst, severity) => (atLeast(severity, worst) ? severity : worst));
}

function toResult(
  finding: IdentifiedFinding,
  ruleIndex: number,
  /** It is this one of those with the same fingerprint, counted from 1. */
  count: number,
  root: string,
): object {
  const { rule, severity, file, line, filter, gets, example, instead, fingerprint } = finding;
  return {
    ruleId: rule,
    ruleIndex,
    level: LEVELS[severity],
    message: { text: messageOf(finding) },
    locations: [
      {
        physicalLocation: {
          artifactLocation: artifactLocation(file, root),
          region: { startLine: Math.max(1, line) },
        },
      },
    ],
    partialFingerprints: { 'tsrootwrapctl/v1': `${fingerprint}:${count}` },
    // as they are: a message has marks of its own, which have to be escaped there
    properties: { severity, filter, gets, example, instead },
  };
}

function messageOf({ filter, problem, gets, example, instead, isLine }: IdentifiedFinding): string {
  const sentences = [
    `${filter === undefined ? '' : `${filter}: `}${problem}.`,
    gets && `An attacker ${gets}.`,
    example && `For example: ${escapeCommand(example)}.`,
    instead && (isLine ? `Write instead: ${instead}` : `Instead: ${instead.replace(/\.$/, '')}.`),
  ];
  return plainMessage(sentences.filter(Boolean).join(' '));
}

/** `{0}` would be a placeholder (3.11.5), and `[text](target)` a link (3.11.6). */
function plainMessage(text: string): string {
  const safe = escapeControls(text.replaceAll('\n', ' / ')).replace(/[{}]/g, '$&$&');
  return safe.includes('](') ? safe.replaceAll('[', '\\[') : safe;
}

/** Relative where it lies below the root: that is what a code host can find in its files. */
function artifactLocation(file: string, root: string): object {
  const path = resolve(file);
  const below = relative(root, path);
  if (below === '' || /^\.\.(?:\/|$)/.test(below)) return { uri: `file://${encodePath(path)}` };
  return { uri: encodePath(below), uriBaseId: '%SRCROOT%' };
}

function encodePath(path: string): string {
  return path.toWellFormed().split('/').map(encodeURIComponent).join('/');
}
