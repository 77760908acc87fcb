import { readClass, readLiteral } from './character-class.js';
import { complement, EVERYTHING } from './code-point-set.js';
import { readEscape } from './escape.js';
import { applyFlags, type FlagGroup, type Flags, NO_FLAGS, readFlagGroup } from './flags.js';
import { Groups } from './groups.js';
import { Source } from './source.js';
import { type Node, PatternSyntaxError, UnsupportedPatternError } from './syntax.js';
import { category } from './unicode.js';
import { widthOf } from './width.js';

const DEEPEST = 200;
const NOT_NEWLINE = complement([0x0a, 0x0a]);
const DIGITS = '0123456789';
/** Python counts repetitions in 32 bits, and its largest number means "no limit". */
const TOO_MANY = 2 ** 32 - 1;

/**
 * Reads a pattern in the syntax of Python 3.11's `re` for str patterns.
 * @throws PatternSyntaxError when Python would not compile it
 * @throws UnsupportedPatternError when it uses what cannot be matched exactly here
 */
export function parse(pattern: string): Node {
  return new Parser(pattern).parse();
}

class Parser {
  readonly #source: Source;
  readonly #groups = new Groups();
  #depth = 0;
  #unicodeFlag = false;
  /** Flags for the whole pattern; they may only stand at its start. */
  #global: Flags = NO_FLAGS;

  constructor(pattern: string) {
    this.#source = new Source(pattern);
  }

  parse(): Node {
    const node = this.#either(NO_FLAGS, true);
    if (this.#source.next !== undefined) throw this.#error('unbalanced parenthesis');
    return node;
  }

  #error(problem: string, position = this.#source.position): PatternSyntaxError {
    return new PatternSyntaxError(problem, position);
  }

  #either(flags: Flags, outermost: boolean): Node {
    const branches = [this.#sequence(flags, outermost)];
    while (this.#source.accept('|')) {
      branches.push(this.#sequence(outermost ? this.#global : flags, false));
    }
    return branches.length === 1 ? (branches[0] as Node) : { type: 'either', branches };
  }

  #sequence(outerFlags: Flags, first: boolean): Node {
    let flags = outerFlags;
    const items: Node[] = [];
    for (;;) {
      const character = this.#source.next;
      if (character === undefined || character === '|' || character === ')') break;
      const start = this.#source.position;
      this.#source.take();
      if (flags.verbose && this.#skipBlank(character)) continue;
      if (character === '(') {
        const group = this.#parenthesis(flags, start);
        if (group === 'comment') continue;
        if ('type' in group) {
          items.push(group);
          continue;
        }
        if (!first || items.length > 0) {
          throw this.#error('global flags not at the start of the expression', start);
        }
        flags = this.#setGlobal(group, start);
        continue;
      }
      const count = this.#quantifier(character, start);
      if (count !== undefined) items.push(this.#repeat(items.pop(), count, start));
      else items.push(this.#atom(character, flags, start));
    }
    return { type: 'sequence', items };
  }

  #skipBlank(character: string): boolean {
    if (' \t\n\r\v\f'.includes(character)) return true;
    if (character !== '#') return false;
    for (;;) {
      const skipped = this.#takeCommented();
      if (skipped === undefined || skipped === '\n') return true;
    }
  }

  #setGlobal(group: FlagGroup, start: number): Flags {
    const ascii = this.#global.ascii || group.on.has('a');
    this.#unicodeFlag ||= group.on.has('u');
    if (ascii && this.#unicodeFlag) {
      throw this.#error('ASCII and UNICODE flags are incompatible', start);
    }
    this.#global = applyFlags(this.#global, group);
    return this.#global;
  }

  #atom(character: string, flags: Flags, start: number): Node {
    switch (character) {
      case '\\':
        return this.#escape(flags, start);
      case '[':
        return { type: 'set', set: readClass(this.#source, flags) };
      case '.':
        return { type: 'set', set: flags.dotAll ? EVERYTHING : NOT_NEWLINE };
      case '^':
        return { type: 'at', place: flags.multiline ? 'line-start' : 'start' };
      case '$':
        return { type: 'at', place: flags.multiline ? 'line-end' : 'almost-end' };
      default:
        return { type: 'set', set: readLiteral(character.codePointAt(0) as number, flags) };
    }
  }

  #escape(flags: Flags, start: number): Node {
    const read = readEscape(this.#source, flags.ascii);
    switch (read.type) {
      case 'character':
        return { type: 'set', set: readLiteral(read.point, flags) };
      case 'category':
        return { type: 'set', set: read.set };
      case 'reference':
        return this.#reference(read.group, flags, start);
      case 'place':
        if (read.letter === 'A') return { type: 'at', place: 'start' };
        if (read.letter === 'Z') return { type: 'at', place: 'end' };
        return {
          type: 'boundary',
          negative: read.letter === 'B',
          word: category('w', flags.ascii),
        };
    }
  }

  #reference(group: number, flags: Flags, start: number): Node {
    this.#groups.checkReference(group, start);
    if (flags.ignoreCase) {
      throw new UnsupportedPatternError('a reference to a group that ignores case');
    }
    return { type: 'reference', group };
  }

  /** The bounds of a repetition, or undefined when this character does not start one. */
  #quantifier(character: string, start: number): readonly [number, number] | undefined {
    if (character === '*') return [0, Number.POSITIVE_INFINITY];
    if (character === '+') return [1, Number.POSITIVE_INFINITY];
    if (character === '?') return [0, 1];
    if (character !== '{' || this.#source.next === '}') return undefined;
    const afterBrace = this.#source.position;
    const low = this.#source.takeWhile(DIGITS);
    const high = this.#source.accept(',') ? this.#source.takeWhile(DIGITS) : low;
    if (!this.#source.accept('}')) {
      this.#source.position = afterBrace;
      return undefined;
    }
    const min = Number(low);
    const max = high === '' ? Number.POSITIVE_INFINITY : Number(high);
    if (min >= TOO_MANY || (max >= TOO_MANY && high !== '')) {
      throw this.#error('the repetition number is too large', start);
    }
    if (max < min) throw this.#error('min repeat greater than max repeat', start);
    return [min, max];
  }

  #repeat(body: Node | undefined, [min, max]: readonly [number, number], start: number): Node {
    if (body === undefined || body.type === 'at' || body.type === 'boundary') {
      throw this.#error('nothing to repeat', start);
    }
    if (body.type === 'repeat') throw this.#error('multiple repeat', start);
    const lazy = this.#source.accept('?');
    if (!lazy && this.#source.next === '+') {
      throw new UnsupportedPatternError('a possessive repetition');
    }
    return { type: 'repeat', body, min, max, lazy };
  }

  /** Everything that starts with `(`, which has been taken. */
  #parenthesis(flags: Flags, start: number): Node | FlagGroup | 'comment' {
    if (!this.#source.accept('?')) return this.#capture(undefined, flags, start);
    const kind = this.#source.take();
    switch (kind) {
      case undefined:
        throw this.#error('unexpected end of pattern', start);
      case 'P':
        return this.#named(flags, start);
      case ':':
        return this.#body(flags, start);
      case '#':
        return this.#comment(start);
      case '=':
      case '!':
        return this.#look(true, kind === '!', flags, start);
      case '<':
        if (this.#source.accept('=')) return this.#look(false, false, flags, start);
        if (this.#source.accept('!')) return this.#look(false, true, flags, start);
        throw this.#error(`unknown extension ?<${this.#source.next ?? ''}`, start);
      case '(':
        throw new UnsupportedPatternError('a conditional group');
      case '>':
        throw new UnsupportedPatternError('an atomic group');
      default:
        return this.#flags(kind, flags, start);
    }
  }

  #flags(firstLetter: string, flags: Flags, start: number): Node | FlagGroup {
    if (!/^[-a-zA-Z]$/.test(firstLetter))
      throw this.#error(`unknown extension ?${firstLetter}`, start);
    let text = firstLetter;
    for (;;) {
      const character = this.#source.take();
      if (character === undefined) throw this.#error('missing -, : or )', start);
      if (character === ':' || character === ')') {
        const group = readFlagGroup(text, character, start);
        return group.scoped ? this.#body(applyFlags(flags, group), start) : group;
      }
      text += character;
    }
  }

  #named(flags: Flags, start: number): Node {
    if (this.#source.accept('<')) {
      return this.#capture(this.#name('>', start), flags, start);
    }
    if (this.#source.accept('=')) {
      return this.#reference(this.#groups.named(this.#name(')', start), start), flags, start);
    }
    throw this.#error(`unknown extension ?P${this.#source.next ?? ''}`, start);
  }

  #name(terminator: string, start: number): string {
    const name = this.#source.takeUntil(terminator, 'group name');
    if (/[^\0-\x7f]/.test(name)) throw new UnsupportedPatternError('a group name beyond ASCII');
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      throw this.#error(`bad character in group name '${name}'`, start);
    }
    return name;
  }

  #capture(name: string | undefined, flags: Flags, start: number): Node {
    const group = this.#groups.open(name, start);
    const body = this.#body(flags, start);
    this.#groups.close(
      group,
      widthOf(body, (number) => this.#groups.width(number)),
    );
    return { type: 'capture', group, body };
  }

  /** The inside of a group and its `)`. Always a node of its own, so that it can be repeated. */
  #body(flags: Flags, start: number): Node {
    if (++this.#depth > DEEPEST) {
      throw new UnsupportedPatternError(`groups nested deeper than ${DEEPEST}`);
    }
    const node = this.#either(flags, false);
    this.#depth--;
    if (!this.#source.accept(')')) {
      throw this.#error('missing ), unterminated subpattern', start);
    }
    return { type: 'sequence', items: [node] };
  }

  /** In a comment too, a backslash takes the next character with it: `\)` does not end it. */
  #takeCommented(): string | undefined {
    const start = this.#source.position;
    const character = this.#source.take();
    if (character !== '\\') return character;
    const escaped = this.#source.take();
    if (escaped === undefined) throw this.#error('bad escape (end of pattern)', start);
    return character + escaped;
  }

  #comment(start: number): 'comment' {
    for (;;) {
      const character = this.#takeCommented();
      if (character === undefined) throw this.#error('missing ), unterminated comment', start);
      if (character === ')') return 'comment';
    }
  }

  #look(ahead: boolean, negative: boolean, flags: Flags, start: number): Node {
    const outer = this.#groups.firstInLookbehind;
    if (!ahead) this.#groups.firstInLookbehind ??= this.#groups.next;
    const body = this.#body(flags, start);
    this.#groups.firstInLookbehind = outer;
    if (!ahead) {
      const { min, max } = widthOf(body, (number) => this.#groups.width(number));
      if (min !== max) throw this.#error('look-behind requires fixed-width pattern', start);
    }
    return { type: 'look', ahead, negative, body };
  }
}
