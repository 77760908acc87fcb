import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import type { Finding } from '#src/check/finding.js';
import { checkMistakes } from '#src/check/mistakes/check-mistakes.js';
import { MISTAKE_RULES } from '#src/check/mistakes/rules.js';
import { createFilter, parseDefinitions } from '#src/policy/load-filters.js';
import { readPolicySource } from '#src/policy/policy-source.js';
import { temporaryDirectory } from './policy-files.js';

/**
 * What is found in a file of these filters. Of each finding it is asserted that its rule is known,
 * and that a line to paste can be read and does not have the same mistake.
 */
export function mistakesIn(filters: string): Finding[] {
  const file = join(temporaryDirectory(), 'test.filters');
  writeFileSync(file, `[Filters]\n${filters}\n`);
  const findings = checkMistakes(readPolicySource(file), { machine: false });
  assertAdvice(findings);
  return findings;
}

/** Only the rules, in order. */
export function rulesIn(filters: string): string[] {
  return mistakesIn(filters).map(({ rule }) => rule);
}

/** The line to paste for the one mistake there is. */
export function lineFor(filters: string): string | undefined {
  const findings = mistakesIn(filters);
  assert.is(findings.length, 1, JSON.stringify(findings));
  return findings[0]?.isLine ? findings[0].instead : undefined;
}

export function assertAdvice(findings: readonly Finding[]): void {
  for (const { rule, instead, isLine } of findings) {
    assert.ok(rule in MISTAKE_RULES, rule);
    if (!isLine || instead === undefined) continue;
    assertReadable(instead);
    const file = join(temporaryDirectory(), 'instead.filters');
    writeFileSync(file, `[Filters]\n${instead}\n`);
    const again = checkMistakes(readPolicySource(file), { machine: false });
    assert.not(
      again.some((finding) => finding.rule === rule),
      `${rule} again in ${instead}`,
    );
  }
}

/** Asserts that the engine makes one filter of each line. */
export function assertReadable(lines: string): void {
  const definitions = parseDefinitions(`[Filters]\n${lines}\n`, 'lines');
  assert.is(definitions.length, lines.split('\n').length, lines);
  for (const definition of definitions) assert.is.not(createFilter(definition), undefined, lines);
}
