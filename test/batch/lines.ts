import fc from 'fast-check';

const SPECIAL = [...'\'"\\ $`~!#{}*?[]|&;()<>=:^%@+,-./\t'];
const STRANGE = [
  '\r',
  '\x0b',
  '\x0c',
  '\x01',
  '\x1b',
  '\x7f',
  '\x81',
  '\x85',
  '\xa0',
  '\u2028',
  '\ufeff',
];
const PLAIN = ['a', 'b', 'ab', 'if', 'a=', '-', '0', 'n', '\u00e9', '\u00c1', '\u{1f600}', 'C:'];

const special = fc.constantFrom(...SPECIAL);
const strange = fc.constantFrom(...STRANGE);
const plain = fc.constantFrom(...PLAIN);
const anything = fc.oneof(
  { weight: 5, arbitrary: special },
  { weight: 1, arbitrary: strange },
  { weight: 4, arbitrary: plain },
);
const text = fc.array(anything, { maxLength: 6 }).map((parts) => parts.join(''));

const segment = fc.oneof(
  { weight: 8, arbitrary: plain },
  { weight: 5, arbitrary: fc.constantFrom(' ', '  ', '\t') },
  { weight: 4, arbitrary: text.map((inner) => `'${inner.replaceAll("'", '')}'`) },
  { weight: 4, arbitrary: text.map((inner) => `"${inner.replace(/["$`\\]/g, '\\$&')}"`) },
  { weight: 2, arbitrary: text.map((inner) => `"${inner}"`) },
  { weight: 4, arbitrary: anything.map((character) => `\\${character}`) },
  { weight: 1, arbitrary: anything },
);

export const pieces = {
  /** A line of what shells find special, much of it quoted. */
  line: fc.array(segment, { minLength: 1, maxLength: 8 }).map((parts) => parts.join('')),
  /** A word of what shells find special. */
  hostileWord: text,
};
