import { Pattern } from '../../policy/pattern/pattern.js';
import type { DefinedFilter, PolicySource } from '../../policy/policy-source.js';
import type { Finding } from '../finding.js';
import { cited, findingAt, type Mistake } from './mistake.js';
import { pumpedWord } from './pumped-word.js';

/** Patterns that turned out slow and cost their time: enough to be told about. */
const MOST_SLOW = 40;

/** Patterns that backtrack without end on some short word: each is tried. */
export function slowPatterns(
  { definitions }: PolicySource,
  skip: ReadonlySet<DefinedFilter>,
): Finding[] {
  const known = new Map<string, string | undefined>();
  let slow = 0;
  return definitions.flatMap((definition) => {
    const { source, words, filter } = definition;
    if (filter === undefined || skip.has(definition)) return [];
    if (!/^(Chaining)?RegExpFilter$/.test(source.className)) return [];
    return words.slice(2).flatMap((pattern) => {
      if (!known.has(pattern) && slow < MOST_SLOW) {
        const word = pumpedWord(pattern);
        if (word !== undefined) slow++;
        known.set(pattern, word);
      }
      const word = known.get(pattern);
      return word === undefined ? [] : [findingAt(source, mistakeOf(pattern, word))];
    });
  });
}

function mistakeOf(pattern: string, word: string): Mistake {
  const here = new Pattern(pattern).engine === 'bounded' && !word.includes('\0');
  return {
    rule: 'slow-pattern',
    severity: here ? 'medium' : 'low',
    problem: here
      ? `the pattern ${cited(pattern)} backtracks without end on a word of ${word.length} characters: the engine gives up and refuses, and oslo-rootwrap hangs`
      : `the pattern ${cited(pattern)} can keep oslo-rootwrap busy for ever with a word of ${word.length} characters; the engine here is safe from that`,
    advice:
      'repeat a set of characters, and not a repetition: [^/]+(/[^/]+)* and not ([^/]+(/+)?)*',
  };
}
