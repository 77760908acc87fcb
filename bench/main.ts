// Measures what docs/architecture.md sets goals for, all in one run, and prints ratios.
//
//   npm run -s bench -- [--quick] [--json]
import { parseArgs } from 'node:util';
import { apart } from './apart.js';
import { batch } from './batch.js';
import { deciding, loading } from './deciding.js';
import { sectionText, verdictText } from './report.js';
import type { Part, Section } from './section.js';
import { spawning } from './spawning.js';
import { wholeProcess } from './whole-process.js';

const PARTS: readonly Part[] = [
  wholeProcess,
  deciding,
  loading,
  spawning,
  apart('calls'),
  apart('callers'),
  apart('streaming'),
  apart('neighbours'),
  apart('waits'),
  apart('memory'),
  batch,
  apart('functions'),
];

const { values } = parseArgs({
  options: {
    /** Fewer rounds: a minute instead of many. */
    quick: { type: 'boolean', default: false },
    /** All sections as one JSON document, times in nanoseconds. */
    json: { type: 'boolean', default: false },
  },
});

const sections: Section[] = [];
for (const part of PARTS) {
  const section = await part(values.quick);
  sections.push(section);
  if (!values.json) console.log(sectionText(section));
}
console.log(values.json ? JSON.stringify({ sections }, undefined, 2) : verdictText(sections));
