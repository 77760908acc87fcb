import type { Severity } from '../../check/finding.js';
import type { Part, Style } from '../../terminal/terminal.js';

const STYLES: Readonly<Record<Severity, Style>> = { high: 'red', medium: 'yellow', low: 'cyan' };

/** A severity in its colour. */
export function severityPart(severity: Severity): Part {
  return { text: severity, style: STYLES[severity] };
}
