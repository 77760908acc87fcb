import { styleText } from 'node:util';
import type { Figure, Ratio, Section, Timing } from './section.js';

const coloured = process.stdout.isTTY === true && !process.env.NO_COLOR;

/** A section as text for people: ratios first, absolute times after them. */
export function sectionText({
  title,
  rounds,
  ratios,
  timings,
  figures,
  skips,
  notes,
}: Section): string {
  return [
    paint('bold', `${title} (${rounds} rounds)`),
    ...table(
      ['ratio', 'of medians', 'quartiles', 'of fastest', 'of p95', 'goal', ''],
      ratios.map((ratio) => ratioRow(ratio)),
    ),
    ...dimTable(
      ['time', 'median', 'p95'],
      timings.map((timing) => timingRow(timing)),
    ),
    ...dimTable(
      ['figure', '', ''],
      figures.map((figure) => figureRow(figure)),
    ),
    ...notes.map((note) => `  ${note}`),
    ...skips.map(({ name, reason }) => paint('yellow', `  SKIP: ${name}: ${reason}`)),
    '',
  ].join('\n');
}

/** The last line: how many of the goals were met. */
export function verdictText(sections: readonly Section[]): string {
  const goals = sections.flatMap(({ ratios }) => ratios).filter(({ goal }) => goal !== undefined);
  const met = goals.filter((ratio) => ratio.met).length;
  const skipped = sections.reduce((sum, { skips }) => sum + skips.length, 0);
  return `${met} of ${goals.length} goals met by the medians, ${skipped} skipped`;
}

function ratioRow(line: Ratio): string[] {
  const { title, ratio, lowerQuartile, upperQuartile, undisturbed, slowest, goal, met } = line;
  return [
    title,
    ratio.toFixed(3),
    `${lowerQuartile.toFixed(2)} to ${upperQuartile.toFixed(2)}`,
    undisturbed.toFixed(2),
    slowest.toFixed(2),
    goal === undefined ? '' : `<= ${goal}`,
    met === undefined ? '' : met ? paint('green', 'met') : paint('red', 'MISSED'),
  ];
}

function timingRow({ name, median, p95 }: Timing): string[] {
  return [name, duration(median), duration(p95)];
}

function figureRow({ name, value, unit }: Figure): string[] {
  return [name, value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0), unit];
}

function duration(nanoseconds: number): string {
  if (nanoseconds >= 1e6) return `${(nanoseconds / 1e6).toFixed(2)} ms`;
  if (nanoseconds >= 1e3) return `${(nanoseconds / 1e3).toFixed(2)} us`;
  return `${nanoseconds.toFixed(0)} ns`;
}

function dimTable(heading: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return table(heading, rows).map((line) => paint('dim', line));
}

/** Nothing, or rows under a heading, the first column to the left and the others to the right. */
function table(heading: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [];
  const all = [heading, ...rows];
  const widths = heading.map((_, column) =>
    Math.max(...all.map((row) => visibleLength(row[column] ?? ''))),
  );
  return all.map((row) => {
    const cells = row.map((cell, column) => {
      const padding = ' '.repeat((widths[column] ?? 0) - visibleLength(cell));
      return column === 0 ? cell + padding : padding + cell;
    });
    return `  ${cells.join('  ')}`.trimEnd();
  });
}

function visibleLength(cell: string): number {
  return cell.replace(/\x1b\[\d+m/g, '').length;
}

function paint(style: 'bold' | 'dim' | 'green' | 'red' | 'yellow', text: string): string {
  return coloured ? styleText(style, text) : text;
}
