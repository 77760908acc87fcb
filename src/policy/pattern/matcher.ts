import type * as Re2 from 're2js';
import type { PatternBudget } from './budget.js';
import { asciiPart, type CodePointSet, has, union } from './code-point-set.js';
import { emitRe2 } from './emit-re2.js';
import { emitV8 } from './emit-v8.js';
import { loadRe2 } from './re2js.js';
import { checkedReferences } from './references.js';
import { type Node, UnsupportedPatternError } from './syntax.js';

/** Answers whether a whole word matches; a match that can't be finished in time is none. */
export interface Matcher {
  matches(word: string, budget: PatternBudget): boolean;
}

/**
 * A match in linear time takes at most about this many steps (characters times instructions)
 * without being watched: two milliseconds at worst.
 */
const UNWATCHED_STEPS = 1 << 16;

/** RE2 has limits of its own on the size of a pattern. */
export class RefusedByRe2 extends Error {
  override readonly name = 'RefusedByRe2';
}

/** Time grows linearly with the word. Large words against large patterns are watched all the same. */
export class LinearMatcher implements Matcher {
  readonly #source: string;
  readonly #node: Node;
  readonly #programs = new Narrowed<Re2.RE2JS>();

  constructor(source: string, node: Node) {
    this.#source = source;
    this.#node = node;
  }

  matches(word: string, budget: PatternBudget): boolean {
    const program = this.#program(word);
    const task = () => program.testExact(word);
    if (word.length * program.programSize() <= UNWATCHED_STEPS) return task();
    const outcome = budget.run(this.#source, task);
    if (outcome !== 'timeout') return outcome;
    // Whatever it was stopped in the middle of may be half done.
    this.#programs.clear();
    return false;
  }

  /** @throws RefusedByRe2 */
  #program(word: string): Re2.RE2JS {
    return this.#programs.for(word, (narrow) => {
      const engine = loadRe2();
      try {
        return engine.compile(emitRe2(this.#node, narrow));
      } catch (error) {
        throw new RefusedByRe2(String(error));
      }
    });
  }
}

/** V8 backtracks, so a match may take for ever: always inside the budget. */
export class BoundedMatcher implements Matcher {
  readonly #source: string;
  readonly #node: Node;
  readonly #expressions = new Narrowed<RegExp>();

  /** @throws UnsupportedPatternError */
  constructor(source: string, node: Node) {
    checkedReferences(node);
    this.#source = source;
    this.#node = node;
  }

  /** @throws UnsupportedPatternError when V8 refuses the pattern, which it may do as late as here */
  matches(word: string, budget: PatternBudget): boolean {
    const task = () => this.#expression(word).test(word);
    try {
      return budget.run(this.#source, task) === true;
    } catch (error) {
      // Its message repeats the whole pattern.
      if (error instanceof SyntaxError) throw new UnsupportedPatternError('too large');
      throw error;
    }
  }

  #expression(word: string): RegExp {
    return this.#expressions.for(word, (narrow) => new RegExp(emitV8(this.#node, narrow), 'u'));
  }
}

/** Leaves out of a set what no word of some kind can hold. */
type Narrow = (set: CodePointSet) => CodePointSet;

/** More characters than this, and a set restricted to them is no smaller than Unicode's own. */
const MAX_ALPHABET = 64;

/**
 * What was compiled for words of ASCII, and for the last other alphabet. Unicode's sets make programs
 * that take 40 ms and a megabyte each, so a set keeps only ASCII and the characters of the word. For a
 * word of very many characters the whole sets are compiled, and not kept: that would fill the memory.
 */
class Narrowed<Program> {
  #ascii: Program | undefined;
  #alphabet = '';
  #other: Program | undefined;

  /** @throws what `compile` throws */
  for(word: string, compile: (narrow: Narrow) => Program): Program {
    const alphabet = beyondAscii(word);
    if (alphabet === '') {
      this.#ascii ??= compile(asciiPart);
      return this.#ascii;
    }
    if (this.#other === undefined || this.#alphabet !== alphabet) {
      this.#other = undefined;
      if (alphabet.length > MAX_ALPHABET) return compile((set) => set);
      const points = [...alphabet].map((character) => character.codePointAt(0) ?? 0);
      this.#other = compile((set) => partOf(set, points));
      this.#alphabet = alphabet;
    }
    return this.#other;
  }

  clear(): void {
    this.#ascii = undefined;
    this.#other = undefined;
  }
}

/** The different characters of a word that are not ASCII, in one order. */
function beyondAscii(word: string): string {
  if (/^[\0-\x7f]*$/.test(word)) return '';
  return [...new Set(word.match(/[^\0-\x7f]/gu))].sort().join('');
}

/** The members that are ASCII, or one of the points. */
function partOf(set: CodePointSet, points: readonly number[]): CodePointSet {
  const members = points.filter((point) => has(set, point));
  return union(asciiPart(set), ...members.map((point) => [point, point]));
}
