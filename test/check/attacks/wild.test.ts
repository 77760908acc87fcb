import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { checkAttacks } from '#src/check/attacks/check-attacks.js';
import { type Finding, SEVERITIES } from '#src/check/finding.js';
import { readPolicySource } from '#src/policy/policy-source.js';
import { EXPECTED } from './wild-expectations.js';

const DIRECTORY = '../shared/filters-in-the-wild';

/** What is wrong with what was said about a line; undefined when a reviewer would agree. */
function disagreement(expected: string, findings: readonly Finding[]): string | undefined {
  const [level = '', ...mentions] = expected.split(' ');
  const said = SEVERITIES.find((severity) => findings.some((found) => found.severity === severity));
  const index = said === undefined ? SEVERITIES.length : SEVERITIES.indexOf(said);
  const limit = (name: string) => (SEVERITIES as readonly string[]).indexOf(name);
  const holds =
    level === 'none'
      ? said === undefined
      : level.startsWith('-')
        ? index >= limit(level.slice(1))
        : level.endsWith('+')
          ? index <= limit(level.slice(0, -1))
          : said === level;
  const text = findings.map((found) => JSON.stringify(found)).join('\n');
  if (!holds) return `expected ${expected}, not ${said ?? 'none'}: ${text}`;
  const missing = mentions.find((mention) => !text.includes(mention));
  return missing === undefined ? undefined : `nothing says ${missing}: ${text}`;
}

for (const [file, expected] of Object.entries(EXPECTED)) {
  const path = join(DIRECTORY, file);
  if (!existsSync(path)) continue; // real policies, not part of the project
  test(`what is said about ${file} is what a careful reviewer says`, () => {
    const source = readPolicySource(path);
    const findings = checkAttacks(source);
    const names = source.definitions.map(({ source }) => source.name);
    assert.equal(
      names.toSorted(),
      Object.keys(expected)
        .map((name) => name.toLowerCase())
        .toSorted(),
    );
    const disagreements = Object.entries(expected).flatMap(([name, level]) => {
      const about = findings.filter(({ filter }) => filter === name.toLowerCase());
      return disagreement(level, about) ? [`${name}: ${disagreement(level, about)}`] : [];
    });
    assert.equal(disagreements, []);
  });
}

test.run();
