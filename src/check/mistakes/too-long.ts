import type { LineCheck } from './mistake.js';

const MOST_WORDS = 200;
const MOST_CHARACTERS = 4000;

/** A line that no person can judge either: the longest of real ones have forty words. */
export const tooLong: LineCheck = function* ({ words }) {
  const characters = words.reduce((sum, word) => sum + word.length, 0);
  if (words.length <= MOST_WORDS && characters <= MOST_CHARACTERS) return;
  yield {
    rule: 'too-long',
    severity: 'medium',
    problem: `it has ${words.length} words and ${characters} characters: too long to be judged`,
    advice: 'write a line for each kind of command',
  };
};
