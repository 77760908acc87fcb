import { Pattern } from '../../policy/pattern/pattern.js';
import type { DefinedFilter } from '../../policy/policy-source.js';
import { cited, type LineCheck } from './mistake.js';
import { type PastedLine, pastedLine } from './pasted-line.js';
import { piecesOf } from './pattern-text.js';

/** What to write for what does not compile. */
const MENDING: readonly (readonly [RegExp, string])[] = [
  [
    /nothing to repeat/,
    'a * repeats what stands before it: for that of a shell write [A-Za-z0-9_-]*',
  ],
  [/multiple repeat/, 'write one of * + ? only, or \\+ for the character'],
  [/character range/, 'put a - that is meant as such at the end of the set'],
  [/unterminated character set/, 'close the set with ], or write \\[ for the character'],
  [/unterminated subpattern/, 'close the group with ), or write \\( for the character'],
  [/unbalanced parenthesis/, 'open the group with (, or write \\) for the character'],
  [/bad escape/, 'write the character without the backslash, or a set for what it stands for'],
  [/global flags/, 'put the flags at the start of the pattern'],
  [/fixed-width/, 'look back over a fixed number of characters, or do without'],
];

/** What to write for what is not supported. */
const ADVICE: readonly (readonly [RegExp, string])[] = [
  [/conditional/, 'write both ways out with |, as in ab|c for (a)?(?(1)b|c)'],
  [/by name/, 'write the number of the character, as in \\x31 or \\u0031'],
  [/reference/, 'write the alternatives out'],
  [/case/, 'list both cases in a set'],
];

/** A pattern that matches nothing: Python would refuse it, or knows what is not known here. */
export const badPattern: LineCheck = function* (definition) {
  const { source, words, filter } = definition;
  if (filter === undefined || !/^(Chaining)?RegExpFilter$/.test(source.className)) return;
  let line: PastedLine | undefined | null = null;
  for (const [index, word] of words.entries()) {
    if (index < 2) continue;
    const { problem } = new Pattern(word);
    if (problem === undefined) continue;
    if (line === null) line = mendedLine(definition);
    const what = problem.slice(problem.indexOf(': ') + 2);
    if (problem.startsWith('does not compile')) {
      yield {
        rule: 'bad-pattern',
        severity: 'medium',
        problem: `the pattern ${cited(word)} does not compile, in Python neither: ${what}`,
        advice:
          line ?? MENDING.find(([text]) => text.test(what))?.[1] ?? "see the syntax of Python's re",
      };
    } else {
      yield {
        rule: 'unsupported-pattern',
        severity: 'medium',
        problem: `the pattern ${cited(word)} uses ${what}, which Python knows and tsrootwrap does not: it matches nothing`,
        advice: line ?? ADVICE.find(([text]) => text.test(what))?.[1] ?? 'write a plainer pattern',
      };
    }
  }
};

/** The line with every pattern mended, if that can be done. */
function mendedLine({ source, words }: DefinedFilter): PastedLine | undefined {
  const mended = words.map((word, index) => {
    if (index < 2 || new Pattern(word).problem === undefined) return word;
    return inSupportedSyntax(word);
  });
  const works = mended.every((word, index) => index < 2 || new Pattern(word).problem === undefined);
  return works ? pastedLine(source.name, source.className, mended) : undefined;
}

/**
 * Atomic groups and possessive repetition made usual ones, which take as much or more, and what
 * other dialects write made Python's.
 */
function inSupportedSyntax(pattern: string): string {
  let text = '';
  let quantified = false;
  for (const { kind, text: piece } of piecesOf(pattern)) {
    if (kind === 'plain' && piece === '+' && quantified) {
      quantified = false;
      continue;
    }
    quantified = kind === 'plain' && /^[*+?}]$/.test(piece) && !quantified;
    if (kind === 'plain' && /(?<!\\)\(\?<$/.test(text) && /\w/.test(piece)) {
      text = text.replace(/<$/, 'P<');
    }
    text += kind === 'escape' && piece === '\\z' ? '\\Z' : piece;
    if (kind === 'plain' && text.endsWith('(?>')) text = `${text.slice(0, -1)}:`;
  }
  return text;
}
