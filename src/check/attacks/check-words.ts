import type { Filter } from '../../policy/filters/filter.js';
import { ReadFileFilter } from '../../policy/filters/read-file-filter.js';
import type { Shape } from '../../policy/filters/shape.js';
import type { Pattern } from '../../policy/pattern/pattern.js';
import type { Effort } from '../language/effort.js';
import { commonWords } from '../language/witness.js';
import { graphOf } from './attack-words.js';
import { knownGraph, sampleWord } from './fit.js';
import type { Found } from './found.js';
import type { Program } from './programs.js';

/** A path, or an option that ends in one, that goes up somewhere behind its first directory. */
const ESCAPING = '(?:[A-Za-z0-9_-]+=)?/(?:.*/)?\\.\\.(?:/.*)?';
/** What only a pattern takes that says nothing. */
const PROBES = ['x', '-x', '--option=value', '/etc/passwd', '../x', 'a b;c', '~'];

/** What can be said of a filter's words when no attack of the table goes through. */
export function checkWords(filter: Filter, program: Program | undefined, effort: Effort): Found[] {
  const shape = filter.shape();
  if (shape.rest === 'anything') return program === undefined ? [unknownProgram(filter)] : [];
  if (filter instanceof ReadFileFilter) return [];
  return shape.words.slice(1).flatMap((rule, index): Found[] => {
    if (rule.takes !== 'pattern') return [];
    const escaping = escapingWord(rule.pattern, effort);
    if (escaping !== undefined)
      return [pathEscape(shape, index, rule.pattern, escaping, program, effort)];
    return takesAnything(rule.pattern, effort) ? [freeWord(rule.pattern)] : [];
  });
}

function unknownProgram(filter: Filter): Found {
  return {
    rule: 'unknown-program',
    severity: 'low',
    problem: `${filter.exec} takes any arguments, and check does not know the program`,
    gets: `does whatever its options can, as ${filter.user}`,
    instead:
      'write a RegExpFilter with one pattern for each word; `tsrootwrapctl suggest` makes it from a log',
  };
}

/** A word that leaves the directory with which the pattern starts. */
function escapingWord(pattern: Pattern, effort: Effort): string | undefined {
  const graph = knownGraph(pattern, effort);
  if (graph === undefined || pattern.matches('/zz/q', effort.patterns)) return undefined;
  for (const word of commonWords(graph, graphOf(ESCAPING), effort)) {
    if (pattern.matches(word, effort.patterns)) return word;
  }
  return undefined;
}

function pathEscape(
  shape: Shape,
  index: number,
  pattern: Pattern,
  word: string,
  program: Program | undefined,
  effort: Effort,
): Found {
  const command = shape.words.map((rule, position) =>
    position === index + 1 ? word : (sampleWord(rule, effort) ?? 'x'),
  );
  const harmless = program?.attacks.every(
    ({ words }) => !words.some((text) => /\{(?!word)/.test(text)),
  );
  return {
    rule: 'path-escape',
    severity: harmless === false ? 'medium' : 'low',
    problem: `pattern ${pattern.source} takes ${word}, which leaves its directory`,
    gets: 'reaches files outside of the directory that the pattern names',
    ...(shape.rest === 'nothing' && { example: command }),
    instead: 'let no `/` follow the directory, or use a PathFilter, which resolves paths first',
  };
}

function takesAnything(pattern: Pattern, effort: Effort): boolean {
  return (
    knownGraph(pattern, effort) !== undefined &&
    PROBES.every((word) => pattern.matches(word, effort.patterns))
  );
}

function freeWord(pattern: Pattern): Found {
  return {
    rule: 'free-word',
    severity: 'low',
    problem: `pattern ${pattern.source} takes any word, options and paths included`,
    instead: 'write the form that the word has, such as [a-z][a-z0-9-]* for a name',
  };
}
