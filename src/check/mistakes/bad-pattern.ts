import { Pattern } from '../../policy/pattern/pattern.js';
import type { DefinedFilter } from '../../policy/policy-source.js';
import { cited, type LineCheck, type Mistake } from './mistake.js';
import { type PastedLine, pastedLine } from './pasted-line.js';
import { piecesOf } from './pattern-text.js';

/** What comes from other dialects, and Python's way to say it. */
const FOREIGN: readonly (readonly [RegExp, string, string])[] = [
  [/\\z/g, '\\Z', 'write \\Z, or nothing: a pattern matches the whole word anyway'],
  [/\(\?<(?![=!])/g, '(?P<', 'write (?P<name>...) for a named group'],
  [/\\h/g, '[ \\t]', 'write [ \\t]'],
];

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
  for (const [index, word] of words.entries()) {
    if (index < 2) continue;
    const { problem } = new Pattern(word);
    if (problem !== undefined) yield mistakeOf(definition, index, problem);
  }
};

function mistakeOf(definition: DefinedFilter, index: number, problem: string): Mistake {
  const word = definition.words[index] ?? '';
  const [kind, what = ''] = splitOnce(problem);
  if (kind === 'is not supported') {
    const line = instead(definition, index, withoutPossession(word));
    return {
      rule: 'unsupported-pattern',
      severity: 'medium',
      problem: `the pattern ${cited(word)} uses ${what}, which Python knows and tsrootwrap does not: it matches nothing`,
      advice: line ?? ADVICE.find(([text]) => text.test(what))?.[1] ?? 'write a plainer pattern',
    };
  }
  const foreign = FOREIGN.find(([syntax]) => word.search(syntax) !== -1);
  const mended = FOREIGN.reduce(
    (text, [syntax, python]) => text.replace(syntax, () => python),
    word,
  );
  return {
    rule: 'bad-pattern',
    severity: 'medium',
    problem: `the pattern ${cited(word)} does not compile, in Python neither: ${what}`,
    advice: instead(definition, index, mended) ?? foreign?.[2],
  };
}

function splitOnce(problem: string): [string, string] {
  const at = problem.indexOf(': ');
  return [problem.slice(0, at), problem.slice(at + 2)];
}

/** The line with another pattern in that place, if that one works. */
function instead(
  { source, words }: DefinedFilter,
  index: number,
  pattern: string,
): PastedLine | undefined {
  if (pattern === words[index] || new Pattern(pattern).problem !== undefined) return undefined;
  return pastedLine(source.name, source.className, words.with(index, pattern));
}

/** Atomic groups and possessive repetition made usual ones, which take as much or more. */
function withoutPossession(pattern: string): string {
  let text = '';
  let quantified = false;
  for (const { kind, text: piece } of piecesOf(pattern)) {
    if (kind === 'plain' && piece === '+' && quantified) {
      quantified = false;
      continue;
    }
    quantified = kind === 'plain' && /^[*+?}]$/.test(piece) && !quantified;
    text += piece;
    if (text.endsWith('(?>') && kind === 'plain') text = `${text.slice(0, -1)}:`;
  }
  return text;
}
