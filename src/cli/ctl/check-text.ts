import type { KnownFinding } from '../../check/baseline.js';
import type { Finding } from '../../check/finding.js';
import { countsInWords, type Report } from '../../check/report.js';
import { escapeCommand } from '../../log/escape.js';
import { shortPlace } from '../../terminal/short-path.js';
import type { Terminal } from '../../terminal/terminal.js';
import { severityPart } from './severity-style.js';

/** What a line for a filter file looks like, or a comment above it. */
const PASTEABLE = /^(?:#.*|[^\s:=[#;][^:=]*[:=]\s*\w*Filter\b.*)$/;

/** A report for people: one block a finding, then how many there are. */
export function printReport({ findings, known, gone, files, filters }: Report, terminal: Terminal) {
  for (const finding of findings) {
    printFinding(finding, terminal);
    terminal.print();
  }
  for (const entry of gone) printGone(entry, terminal);
  const read = `in ${counted(filters, 'filter')} of ${counted(files, 'file')}`;
  const others = known > 0 ? `; ${known} known by the baseline` : '';
  terminal.print(
    findings.length === 0
      ? [{ text: 'Nothing found', style: 'green' }, ` ${read}${others}.`]
      : `${countsInWords(findings)} ${read}${others}.`,
  );
  if (findings.length === 0) return;
  terminal.print(
    'What they mean: tsrootwrapctl(8). Which of them count for the exit code: --fail-on. Keep old ones apart: --write-baseline.',
  );
}

function printFinding(finding: Finding, terminal: Terminal): void {
  const { severity, filter, problem, gets, example } = finding;
  terminal.print(
    [
      { text: shortPlace(finding), style: 'bold' },
      ': ',
      severityPart(severity),
      filter === undefined ? `: ${problem}` : `: ${filter}: ${problem}`,
    ],
    0,
    4,
  );
  if (gets !== undefined) terminal.print(`an attacker ${gets}`, 2, 4);
  if (example !== undefined) terminal.print(`for example: ${escapeCommand(example)}`, 2, 4);
  printAdvice(finding, terminal);
}

/**
 * Lines to be pasted are whole and begin in the first column: configparser takes an indented one
 * for more of the line before it. What does not look like such a line stays where the advice is, so
 * that it cannot pass for a finding.
 */
function printAdvice({ instead, isLine = false }: Finding, terminal: Terminal): void {
  if (instead === undefined) return;
  const lines = instead.split('\n');
  if (!isLine || !lines.every((line) => PASTEABLE.test(line))) {
    terminal.print(`instead: ${instead}`, 2, 4);
    return;
  }
  terminal.print('write instead:', 2);
  for (const line of lines) terminal.printWhole({ text: line, style: 'green' });
}

function printGone({ rule, file, filter, count }: KnownFinding, terminal: Terminal): void {
  const which = `${file}: ${filter === undefined ? '' : `${filter}: `}${rule}`;
  const often = count === 1 ? '' : ` (${count} times)`;
  terminal.print(`No longer found, can be removed from the baseline: ${which}${often}`, 0, 4);
}

function counted(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
