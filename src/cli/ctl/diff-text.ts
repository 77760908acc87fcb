import type { Difference, Direction, PolicyDifference } from '../../diff/difference.js';
import { escapeCommand } from '../../log/escape.js';
import { shortPlace } from '../../terminal/short-path.js';
import type { Part, Style, Terminal } from '../../terminal/terminal.js';
import { severityPart } from './severity-style.js';

const HEADINGS: Readonly<Record<Direction, { readonly text: string; readonly style: Style }>> = {
  allowed: { text: '+ newly allowed', style: 'red' },
  forbidden: { text: '- newly forbidden', style: 'green' },
  changed: { text: '~ changed', style: 'yellow' },
};

/** A longer example is cut: what matters stands in front. */
const LONGEST_EXAMPLE = 300;

/** By program; then lines that differ in writing only; then how many there are of each. */
export function printDiff({ differences, unproven }: PolicyDifference, terminal: Terminal): void {
  let program: string | undefined;
  for (const difference of differences) {
    if (difference.program !== program) {
      if (program !== undefined) terminal.print();
      terminal.print({ text: difference.program, style: 'bold' });
    }
    program = difference.program;
    printDifference(difference, terminal);
  }
  if (differences.length > 0) terminal.print();
  for (const { side, filter, words } of unproven) {
    terminal.print({ text: `${shortPlace(filter)} (${side}): ${words}`, style: 'dim' }, 0, 4);
  }
  if (unproven.length > 0) terminal.print();
  terminal.print(summary({ differences, unproven }));
}

function printDifference(difference: Difference, terminal: Terminal): void {
  const { direction, words, filter, user, examples, missing } = difference;
  terminal.print([HEADINGS[direction], ...riskOf(difference), `: ${words}`], 2, 6);
  terminal.print({ text: `${shortPlace(filter)}: ${filter.name}, as ${user}`, style: 'dim' }, 6, 8);
  if (missing.length > 0) terminal.print(`only without ${missing.join(', ')}`, 6, 8);
  for (const example of examples) {
    const text = escapeCommand(example);
    const shown = text.length > LONGEST_EXAMPLE ? `${text.slice(0, LONGEST_EXAMPLE)}...` : text;
    terminal.print(shown, 6, 8);
  }
}

/** The severity is the line's; that it comes with what is new takes an attack to show. */
function riskOf({ severity, attack }: Difference): Part[] {
  if (severity === undefined) return [];
  return attack ? [', ', severityPart(severity)] : [', in a line of risk ', severityPart(severity)];
}

function summary({ differences, unproven }: PolicyDifference): string {
  const count = (direction: Direction) =>
    differences.filter((one) => one.direction === direction).length;
  const writing =
    unproven.length === 0
      ? ''
      : ` ${unproven.length} changed in writing only, as far as examples show.`;
  if (differences.length === 0) return `Nothing is newly allowed or forbidden.${writing}`;
  return `${count('allowed')} newly allowed, ${count('forbidden')} newly forbidden, ${count('changed')} changed.${writing}`;
}
