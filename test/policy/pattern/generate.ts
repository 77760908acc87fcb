import { parse } from '#src/policy/pattern/parse.js';
import type { Node } from '#src/policy/pattern/syntax.js';

/** A small seeded generator, so that a failure can be repeated. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** An integer from 0 to below `limit`. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  }

  pick<T>(choices: readonly T[] | string): T {
    return choices[this.below(choices.length)] as T;
  }

  times<T>(most: number, make: () => T): T[] {
    return Array.from({ length: this.below(most + 1) }, make);
  }
}

/** Characters on which engines like to differ. */
const CHARACTERS = [
  ...'aabbcABksSKi019_-/.: ~',
  ...'\n\r\t\v\0\x1c\x1f\x7f\x85\u00a0\u2028\ufeff',
  ...'éÉßſ\u212aµμıİΣςσǅ٣²\u0345ιá\u0301中',
  ...'😀𝟘𐐨',
];

const RANGES = ['a-z', 'A-Z', '0-9', 'a-c', '!-/', 'À-ÿ', '\\x00-\\x1f', 'Α-Ω', ' -~', '+--'];
const ESCAPES = [
  ...['\\d', '\\w', '\\s', '\\D', '\\W', '\\S', '\\n', '\\t', '\\r', '\\x41', '\\u00e9', '\\.'],
  ...['\\-', '\\/', '\\0', '\\012', '\\101', '\\U0001f600', '\\\\', '\\]', '\\[', '\\v', '\\f'],
];
const META = '\\.^$*+?{}[]|()';
const QUANTIFIERS = ['*', '+', '?', '{2}', '{1,2}', '{,3}', '{2,}', '{,}', '{0}', '{1}', '{0,1}'];

/** Well-formed patterns, rich in everything that Python's syntax has. */
export class PatternGenerator {
  #groups = 0;
  #names: string[] = [];

  constructor(readonly random: Random) {}

  pattern(): string {
    this.#groups = 0;
    this.#names = [];
    const flags =
      this.random.below(3) === 0
        ? this.random.pick(['(?i)', '(?m)', '(?s)', '(?a)', '(?x)', '(?ia)', '(?im)', '(?ims)'])
        : '';
    return flags + this.#either(3);
  }

  #either(depth: number): string {
    const branches = 1 + (this.random.below(4) === 0 ? 1 + this.random.below(2) : 0);
    return Array.from({ length: branches }, () => this.#sequence(depth)).join('|');
  }

  #sequence(depth: number): string {
    return this.random.times(3, () => this.#item(depth)).join('');
  }

  #item(depth: number): string {
    if (this.random.below(12) === 0) {
      return this.random.pick([
        '^',
        '$',
        '\\b',
        '\\B',
        '\\A',
        '\\Z',
        '(?#note)',
        '{',
        '}',
        '{a',
        ']',
        '$',
      ]);
    }
    const atom = this.#atom(depth);
    if (this.random.below(3) > 0) return atom;
    return atom + this.random.pick(QUANTIFIERS) + (this.random.below(5) === 0 ? '?' : '');
  }

  #atom(depth: number): string {
    const kind = this.random.below(depth > 0 ? 12 : 7);
    if (kind < 3) return this.#character();
    if (kind === 3) return '.';
    if (kind === 4) return this.random.pick(ESCAPES);
    if (kind < 7) return this.#class();
    if (kind < 11) return this.#group(depth - 1);
    return this.#reference();
  }

  #character(): string {
    const character = this.random.pick<string>(CHARACTERS);
    return META.includes(character) ? `\\${character}` : character;
  }

  #class(): string {
    const member = () => {
      const kind = this.random.below(3);
      if (kind === 0) return this.random.pick(RANGES);
      if (kind === 1) return this.random.pick(ESCAPES);
      const character = this.random.pick<string>(CHARACTERS);
      return character === '-' ? '\\-' : character;
    };
    const negation = this.random.below(3) === 0 ? '^' : '';
    const bracket = this.random.below(10) === 0 ? ']' : '';
    const dash = this.random.below(10) === 0 ? '-' : '';
    return `[${negation}${bracket}${member()}${this.random.times(2, member).join('')}${dash}]`;
  }

  #group(depth: number): string {
    switch (this.random.below(8)) {
      case 0:
      case 1: {
        this.#groups++;
        return `(${this.#either(depth)})`;
      }
      case 2: {
        const name = `n${++this.#groups}`;
        const body = this.#either(depth);
        this.#names.push(name);
        return `(?P<${name}>${body})`;
      }
      case 3:
        return `(?:${this.#either(depth)})`;
      case 4:
        return `(?${this.random.pick(['i', 's', 'm', 'a', 'x', 'i-s', '-i', 'u', 'sm-x'])}:${this.#either(depth)})`;
      case 5:
        return `(?=${this.#either(depth)})`;
      case 6:
        return `(?!${this.#either(depth)})`;
      default: {
        const width = this.random.below(3);
        const fixed = () => Array.from({ length: width }, () => this.#atom(0)).join('');
        const body = this.random.pick([fixed(), `${fixed()}|${fixed()}`, this.#sequence(depth)]);
        return `(?<${this.random.pick('=!')}${body})`;
      }
    }
  }

  /** A pattern that refers to a group, with much around and inside the group. */
  referring(): string {
    this.#groups = 0;
    this.#names = [];
    const part = () => `(?:${this.#either(1)})`;
    const group = `(?P<r>${this.#either(2)})`;
    const read = this.random.pick([
      group,
      `(?=${group})`,
      `(?:${group})`,
      `(?:x|${group}){1}`,
      group,
      `(?:${group}){1}`,
    ]);
    const turned = `(?:${part()}${read}${part()}(?P=r))${this.random.pick(['+', '*', '{2}', '?'])}`;
    const straight = `${part()}${read}${part()}(?P=r)${part()}`;
    return this.random.pick([straight, straight, turned]);
  }

  #reference(): string {
    if (this.#names.length > 0 && this.random.below(2) === 0) {
      return `(?P=${this.random.pick(this.#names)})`;
    }
    return this.#groups > 0 ? `(?:\\${1 + this.random.below(this.#groups)})` : '\\w';
  }
}

const TOKENS = [
  ...[
    '(',
    ')',
    '(?',
    '(?:',
    '(?P<a>',
    '(?P=a)',
    '(?i)',
    '(?x)',
    '(?a',
    '(?-',
    '(?i:',
    '(?=',
    '(?<',
  ],
  ...['(?<!', '(?#', '[', ']', '[^', '-', '{', '}', '{1', ',', '2}', '{2,1}', '*', '+', '?', '|'],
  ...[
    '^',
    '$',
    '.',
    '\\',
    '\\1',
    '\\2',
    '\\08',
    '\\8',
    '\\400',
    '\\377',
    '\\x',
    '\\x4',
    '\\u00',
    '\\q',
  ],
  ...[
    '\\d',
    '\\b',
    '\\Z',
    'a',
    'b',
    '1',
    '0',
    ':',
    '=',
    '!',
    '<',
    '>',
    ' ',
    '#',
    '\n',
    'é',
    '\\é',
    '\\)',
    '\\]',
    '\\\n',
    '(?x)#',
    '\\_',
  ],
];

/** Mostly broken patterns, to compare what compiles: tokens at random, also inside good patterns. */
export function tokenSoup(random: Random): string {
  if (random.below(2) === 0) return random.times(6, () => random.pick(TOKENS)).join('');
  const points = [...new PatternGenerator(random).pattern()];
  for (let turns = 1 + random.below(2); turns > 0; turns--) {
    const at = random.below(points.length + 1);
    if (random.below(3) === 0) points.splice(at, 1);
    else points.splice(at, 0, random.pick(TOKENS));
  }
  return points.join('');
}

/** Words that the pattern may match, words close to those, and words out of the blue. */
export function wordsFor(pattern: string, random: Random, count: number): string[] {
  let node: Node | undefined;
  try {
    node = parse(pattern);
  } catch {}
  const words = [''];
  while (words.length < count) {
    const word = node === undefined ? blue(random) : sample(node, random);
    words.push(random.below(2) === 0 ? word : mutate(word, random));
  }
  return words;
}

function blue(random: Random): string {
  return random.times(4, () => random.pick(CHARACTERS)).join('');
}

function mutate(word: string, random: Random): string {
  const points = [...word];
  const at = random.below(points.length + 1);
  switch (random.below(7)) {
    case 0:
      return `${word}\n`;
    case 1:
      return blue(random);
    case 2:
      points.splice(at, 1);
      break;
    case 3:
      return word.toUpperCase();
    case 4:
      return word.toLowerCase();
    case 5:
      points.splice(at, 1, random.pick(CHARACTERS));
      break;
    default:
      points.splice(at, 0, random.pick(CHARACTERS));
  }
  return points.join('');
}

/** A word that the node matches when its assertions happen to hold. */
function sample(node: Node, random: Random, groups = new Map<number, string>()): string {
  switch (node.type) {
    case 'set':
      return samplePoint(node.set, random);
    case 'sequence':
      return node.items.map((item) => sample(item, random, groups)).join('');
    case 'either':
      return sample(random.pick(node.branches), random, groups);
    case 'capture': {
      const text = sample(node.body, random, groups);
      groups.set(node.group, text);
      return text;
    }
    case 'reference':
      return groups.get(node.group) ?? '';
    case 'repeat': {
      const most = Math.min(node.max, node.min + 3);
      const turns = node.min + random.below(most - node.min + 1);
      return Array.from({ length: Math.min(turns, 40) }, () =>
        sample(node.body, random, groups),
      ).join('');
    }
    case 'look':
    case 'at':
    case 'boundary':
      return '';
  }
}

function samplePoint(set: readonly number[], random: Random): string {
  const known = CHARACTERS.filter((character) => {
    const point = character.codePointAt(0) as number;
    return set.some((first, i) => i % 2 === 0 && first <= point && point <= (set[i + 1] as number));
  });
  if (known.length > 0 && random.below(8) > 0) return random.pick(known);
  if (set.length === 0) return '';
  const i = 2 * random.below(set.length / 2);
  const first = set[i] as number;
  const point = first + random.below(Math.min(3, (set[i + 1] as number) - first + 1));
  return point >= 0xd800 && point <= 0xdfff ? '' : String.fromCodePoint(point);
}
