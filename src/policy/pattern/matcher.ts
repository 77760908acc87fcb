import type * as Re2 from 're2js';
import type { PatternBudget } from './budget.js';
import { asciiPart, type CodePointSet } from './code-point-set.js';
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
  #ascii: Re2.RE2JS | undefined;
  #unicode: Re2.RE2JS | undefined;

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
    this.#ascii = undefined;
    this.#unicode = undefined;
    return false;
  }

  /** @throws RefusedByRe2 */
  #program(word: string): Re2.RE2JS {
    const ascii = isAscii(word);
    const compiled = ascii ? this.#ascii : this.#unicode;
    if (compiled !== undefined) return compiled;
    const engine = loadRe2();
    try {
      const program = engine.compile(emitRe2(this.#node, ascii ? asciiPart : whole));
      if (ascii) this.#ascii = program;
      else this.#unicode = program;
      return program;
    } catch (error) {
      throw new RefusedByRe2(String(error));
    }
  }
}

/** V8 backtracks, so a match may take for ever: always inside the budget. */
export class BoundedMatcher implements Matcher {
  readonly #source: string;
  readonly #node: Node;
  #ascii: RegExp | undefined;
  #unicode: RegExp | undefined;

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
    if (isAscii(word)) {
      this.#ascii ??= new RegExp(emitV8(this.#node, asciiPart), 'u');
      return this.#ascii;
    }
    this.#unicode ??= new RegExp(emitV8(this.#node, whole), 'u');
    return this.#unicode;
  }
}

function whole(set: CodePointSet): CodePointSet {
  return set;
}

/** Most words are ASCII, and Unicode's large sets make large programs. */
function isAscii(word: string): boolean {
  return /^[\0-\x7f]*$/.test(word);
}
