import type { DefinedFilter, PolicySource } from '../../policy/policy-source.js';
import type { Finding } from '../finding.js';
import { badPattern } from './bad-pattern.js';
import { configWarnings, engineRefuses } from './engine-refuses.js';
import { envFilter } from './env-filter.js';
import { ignoredWords } from './ignored-words.js';
import { inlineComment } from './inline-comment.js';
import { joinedLines } from './joined-lines.js';
import { killFilter } from './kill-filter.js';
import { machineMistakes } from './machine.js';
import { findingAt, type LineCheck } from './mistake.js';
import { names, otherName } from './names.js';
import { neverMatches } from './never-matches.js';
import { missingDirectories, noFilters } from './no-filters.js';
import { oddRange } from './odd-range.js';
import { patternHabits } from './pattern-habits.js';
import { repeatedNames } from './repeated-name.js';
import type { MistakeRule } from './rules.js';
import { shadowed } from './shadowed.js';
import { slowPatterns } from './slow-pattern.js';
import { splitPattern } from './split-pattern.js';
import { tooLong } from './too-long.js';
import { unknownClass } from './unknown-class.js';
import { wordsAsText } from './words-as-text.js';

export interface MistakeOptions {
  /** Whether to look at this machine's programs, users and directories; true unless given. */
  readonly machine?: boolean;
}

/** What makes the rest of a line mean something else: only the first of these is told. */
const READING: readonly LineCheck[] = [tooLong, joinedLines, inlineComment, splitPattern];

const CHECKS: readonly LineCheck[] = [
  unknownClass,
  neverMatches,
  badPattern,
  patternHabits,
  oddRange,
  names,
  otherName,
  ignoredWords,
  envFilter,
  wordsAsText,
  killFilter,
];

/** Findings with which a line matches no command at all. */
const DEADLY: readonly MistakeRule[] = [
  'never-matches',
  'bad-pattern',
  'unsupported-pattern',
  'split-pattern',
  'joined-lines',
  'too-long',
  'inline-comment',
  'pattern-as-text',
];

/** Rules that cannot work, or do not do what they say, in the order of the files and lines. */
export function checkMistakes(
  source: PolicySource,
  { machine = true }: MistakeOptions = {},
): Finding[] {
  const findings = [...engineRefuses(source), ...configWarnings(source), ...noFilters(source)];
  const dead = new Set<DefinedFilter>();
  const misread = new Set<DefinedFilter>();
  for (const definition of source.definitions) {
    const reading = first(READING, definition, source);
    const found = reading ?? all(CHECKS, definition, source);
    if (reading !== undefined) misread.add(definition);
    if (found.some(({ rule }) => DEADLY.some((deadly) => deadly === rule))) dead.add(definition);
    findings.push(...found);
  }
  findings.push(...repeatedNames(source), ...slowPatterns(source, misread));
  findings.push(...shadowed(source, dead, machine));
  if (machine) findings.push(...missingDirectories(source), ...machineMistakes(source, misread));
  const order = new Map(source.files.map((file, index) => [file, index]));
  return findings
    .map((finding) => ({ finding, place: order.get(finding.file) ?? -1 }))
    .sort((a, b) => a.place - b.place || a.finding.line - b.finding.line)
    .map(({ finding }) => finding);
}

function first(
  checks: readonly LineCheck[],
  definition: DefinedFilter,
  source: PolicySource,
): Finding[] | undefined {
  for (const check of checks) {
    const found = all([check], definition, source);
    if (found.length > 0) return found;
  }
  return undefined;
}

function all(
  checks: readonly LineCheck[],
  definition: DefinedFilter,
  source: PolicySource,
): Finding[] {
  return checks.flatMap((check) =>
    [...check(definition, source)].map((mistake) => findingAt(definition.source, mistake)),
  );
}
