import { type Filter, type MatchContext, verdictOf } from '../../policy/filters/filter.js';
import type { Shape, WordRule } from '../../policy/filters/shape.js';
import { ANYTHING } from '../../policy/filters/shape.js';
import type { Effort } from '../language/effort.js';
import type { Way } from './attack-words.js';
import { type Fit, fitWord, sampleWord } from './fit.js';
import type { Attack } from './programs.js';

/** A command that a filter allows, and that carries out an attack. */
export interface Opening {
  readonly attack: Attack;
  /** The command's words as its caller would write them. */
  readonly command: readonly string[];
  /** The rules of the filter through which it went, with the words that they took. */
  readonly through: readonly { readonly rule: WordRule; readonly word: string }[];
  readonly way: Way;
}

/** Tries an attack on a filter; undefined when the filter does not let it through. */
export function tryAttack(
  filter: Filter,
  attack: Attack,
  effort: Effort,
  counts: Counts = isOpening,
): Opening | undefined {
  const shape = filter.shape();
  for (const start of placements(shape, attack)) {
    const opening = placeAttack(filter, shape, attack, start, effort, counts);
    if (opening !== undefined) return opening;
  }
  return undefined;
}

/** Whether an attack whose words all fit is one that matters. @param fits one for each word of it */
export type Counts = (shape: Shape, attack: Attack, fits: readonly Fit[]) => boolean;

/**
 * Where a caller has no say it is just what the filter's author wrote down; but who may start a pager, an
 * editor or a shell has a say at its prompt.
 */
function isOpening(shape: Shape, { words, input }: Attack, fits: readonly Fit[]): boolean {
  if (input) return true;
  return words.length === 0 ? hasFreedom(shape) : fits.some(({ open }) => open);
}

/** The positions among the arguments at which the words of the attack may begin. */
function placements(shape: Shape, { words, at = 'anywhere' }: Attack): readonly number[] {
  const count = shape.words.length - 1;
  const free = shape.rest === 'anything';
  const last = free ? count : count - words.length;
  if (last < 0) return [];
  switch (at) {
    case 'start':
      return [0];
    case 'anywhere':
      return Array.from({ length: last + 1 }, (_, position) => last - position);
    case 'end':
      return free ? range(Math.max(0, count - words.length), count) : [last];
    case 'whole':
      return count === words.length || (free && count <= words.length) ? [0] : [];
  }
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => last - index);
}

function placeAttack(
  filter: Filter,
  shape: Shape,
  attack: Attack,
  start: number,
  effort: Effort,
  counts: Counts,
): Opening | undefined {
  const [name, ...rules] = shape.words;
  const command = name && sampleWord(name, effort);
  if (command === undefined) return undefined;
  const through: { rule: WordRule; fit: Fit }[] = [];
  for (const [index, template] of attack.words.entries()) {
    const rule = rules[start + index] ?? ANYTHING;
    const fit = fitWord(rule, template, effort);
    if (fit === undefined) return undefined;
    through.push({ rule, fit });
  }
  const args: string[] = [];
  for (
    let position = 0;
    position < Math.max(rules.length, start + attack.words.length);
    position++
  ) {
    const word =
      through[position - start]?.fit.word ?? sampleWord(rules[position] ?? ANYTHING, effort);
    if (word === undefined) return undefined;
    args.push(word);
  }
  const fits = through.map(({ fit }) => fit);
  if (!counts(shape, attack, fits)) return undefined;
  const words = [...shape.variables.map((variable) => `${variable}=x`), command, ...args];
  if (!engineAllows(filter, shape, words, effort)) return undefined;
  return {
    attack,
    command: shape.variables.length > 0 ? ['env', ...words] : words,
    through: through
      .filter(({ fit }) => fit.open)
      .map(({ rule, fit }) => ({ rule, word: fit.word })),
    way: through.map(({ fit }) => fit.way).find((way) => way !== 'plain') ?? 'plain',
  };
}

/** Whether a caller has any say in the arguments. */
function hasFreedom({ words, rest }: Shape): boolean {
  return rest === 'anything' || words.slice(1).some((rule) => isOpenRule(rule));
}

function isOpenRule(rule: WordRule): boolean {
  return rule.takes !== 'words' || rule.words.length > 1;
}

/**
 * The engine's own word on it. It is not asked where the answer hangs on what lies in this
 * machine's directories: a PathFilter takes only what it can resolve.
 */
function engineAllows(
  filter: Filter,
  shape: Shape,
  words: readonly string[],
  effort: Effort,
): boolean {
  if (shape.words.some(({ takes }) => takes === 'path')) return true;
  const command = shape.rest === 'command' ? [...words, 'inner'] : words;
  return verdictOf(filter, command, anyInner(effort)).matched;
}

/** As if some filter allowed every inner command: the prefix alone is on trial. */
function anyInner({ patterns }: Effort): MatchContext {
  return {
    budget: patterns,
    path: () => [],
    decideInner: (words) => ({ matched: true, argv: words, environment: {}, exchangeable: [] }),
  };
}
