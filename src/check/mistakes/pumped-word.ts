import { type CodePointSet, has } from '../../policy/pattern/code-point-set.js';
import { BoundedMatcher } from '../../policy/pattern/matcher.js';
import { parse } from '../../policy/pattern/parse.js';
import { PatternBudget } from '../../policy/pattern/pattern.js';
import {
  type Node,
  PatternSyntaxError,
  UnsupportedPatternError,
} from '../../policy/pattern/syntax.js';

/** Milliseconds within which an engine that backtracks must have its answer. */
const PATIENCE = 50;
/** Turns of the repetition: two ways each are a million times a million ways. */
const TURNS = 40;
/** Characters of a word without what leads to them, so that slow is not taken for endless. */
const LONGEST_PUMP = 160;
/** Characters that lead to a repetition, or that one turn of it takes. */
const LONGEST_LEAD = 200;
const LONGEST_TURN = 8;
/** Words that are tried for one pattern. */
const MOST_TRIES = 48;
const LONGEST_PATTERN = 2000;

/** Characters that hardly any pattern takes at its end. Only a daemon's caller can send the last. */
const STRANGERS = ['\u0001', '\n', '!', '/', '\0'];

/**
 * A short word on which an engine that backtracks, as Python's does, does not come to an end with
 * this pattern. Found by trying, in at most a second.
 *
 * @returns undefined when none was found
 */
export function pumpedWord(pattern: string): string | undefined {
  if (pattern.length > LONGEST_PATTERN) return undefined;
  const node = parsed(pattern);
  if (node === undefined) return undefined;
  const words = new Set(
    pumps(node, '').flatMap(({ before, turn }) =>
      STRANGERS.map((stranger) => before + turn.repeat(turnsOf(turn)) + stranger),
    ),
  );
  return [...words]
    .slice(0, MOST_TRIES)
    .find((word) => isEndless(pattern, node, word) && isEndless(pattern, node, word));
}

function parsed(pattern: string): Node | undefined {
  try {
    return parse(pattern);
  } catch (error) {
    if (error instanceof PatternSyntaxError || error instanceof UnsupportedPatternError) {
      return undefined; // told as that
    }
    throw error;
  }
}

/** V8 stands for Python here: both backtrack through the same ways. */
function isEndless(pattern: string, node: Node, word: string): boolean {
  const budget = new PatternBudget(PATIENCE);
  try {
    new BoundedMatcher(pattern, node).matches(word, budget);
  } catch (error) {
    if (error instanceof UnsupportedPatternError) return false;
    throw error;
  }
  return budget.timedOut;
}

interface Pump {
  /** What leads to the repetition. */
  readonly before: string;
  /** What one turn of it takes. */
  readonly turn: string;
}

function turnsOf(turn: string): number {
  return Math.min(TURNS, Math.floor(LONGEST_PUMP / turn.length));
}

/** Repetitions without a bound that could be split up in several ways. */
function pumps(node: Node, before: string): Pump[] {
  switch (node.type) {
    case 'sequence': {
      let lead = before;
      return node.items.flatMap((item) => {
        const found = pumps(item, lead);
        lead = (lead + sample(item)).slice(0, LONGEST_LEAD);
        return found;
      });
    }
    case 'either':
      return node.branches.flatMap((branch) => pumps(branch, before));
    case 'capture':
    case 'look':
      return pumps(node.body, before);
    case 'repeat': {
      const inner = pumps(node.body, before);
      if (node.max < TURNS || !varies(node.body)) return inner;
      return [...turns(node.body).map((turn) => ({ before, turn })), ...inner];
    }
    default:
      return [];
  }
}

/** Whether a turn can take the same text in more than one way. */
function varies(node: Node): boolean {
  switch (node.type) {
    case 'sequence':
      return node.items.some(varies);
    case 'either':
      return true;
    case 'capture':
      return varies(node.body);
    case 'repeat':
      return node.max > node.min || varies(node.body);
    default:
      return false;
  }
}

function turns(body: Node): string[] {
  const whole = sample(body);
  const singles = setsOf(body).map(representative);
  return [...new Set([...singles, whole])]
    .filter((turn) => turn !== '' && turn.length <= LONGEST_TURN)
    .slice(0, 6);
}

function setsOf(node: Node): CodePointSet[] {
  switch (node.type) {
    case 'set':
      return [node.set];
    case 'sequence':
      return node.items.flatMap(setsOf);
    case 'either':
      return node.branches.flatMap(setsOf);
    case 'capture':
    case 'repeat':
      return setsOf(node.body);
    default:
      return [];
  }
}

/** A short text that the node takes; as good a guess as any where it looks around. */
function sample(node: Node): string {
  return wholeSample(node).slice(0, LONGEST_LEAD);
}

function wholeSample(node: Node): string {
  switch (node.type) {
    case 'set':
      return representative(node.set);
    case 'sequence':
      return node.items.map(sample).join('');
    case 'either':
      return sample(node.branches[0] as Node);
    case 'capture':
      return sample(node.body);
    case 'repeat':
      return node.max === 0 ? '' : sample(node.body).repeat(Math.min(Math.max(node.min, 1), 8));
    default:
      return '';
  }
}

/** The same for sets that have much in common, so that overlapping ones meet. */
function representative(set: CodePointSet): string {
  for (const character of 'a1A/-_. ') {
    if (has(set, character.codePointAt(0) as number)) return character;
  }
  return set.length === 0 ? '' : String.fromCodePoint(set[0] as number);
}
