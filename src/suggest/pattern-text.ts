/** Characters that mean something in a pattern outside of classes. */
const SPECIAL = /[\\.^$*+?{}[\]|()]/;

/**
 * A pattern of Python's `re` that takes exactly this word, as it may stand in a filter file: no comma,
 * which would end it; no blank at an end, which would be taken off; no line end; nothing that a file or
 * a terminal could show in another way.
 */
export function literalPattern(word: string): string {
  if (word === '') return '()';
  const characters = [...word];
  return characters
    .map((character, index) => {
      const atEnd = index === 0 || index === characters.length - 1;
      if (character === ',' || (character === ' ' && atEnd)) return hex(character);
      // a line that is continued must not look like a comment
      if (index === 0 && (character === '#' || character === ';')) return `\\${character}`;
      if (!/[ -~]/.test(character)) return hex(character);
      return SPECIAL.test(character) ? `\\${character}` : character;
    })
    .join('');
}

/** One pattern for several, each of which is one already. */
export function oneOfPatterns(patterns: readonly string[]): string {
  const [only = ''] = patterns;
  return patterns.length === 1 ? only : `(${patterns.join('|')})`;
}

/** A class of characters that holds all of these texts', and no more than their kind needs. */
export function classOf(texts: readonly string[]): string {
  const text = texts.join('');
  const others = [...new Set(text.replace(/[A-Za-z0-9-]/g, ''))].sort();
  const letters = [
    ...(/[0-9]/.test(text) ? ['0-9'] : []),
    ...(/[G-Zg-z]/.test(text) || !/[0-9]/.test(text)
      ? [...(/[A-Z]/.test(text) ? ['A-Z'] : []), ...(/[a-z]/.test(text) ? ['a-z'] : [])]
      : [...(/[A-F]/.test(text) ? ['A-F'] : []), ...(/[a-f]/.test(text) ? ['a-f'] : [])]),
  ];
  const escaped = others.map((character) =>
    /[.@:+=~%_]/.test(character) ? character : hex(character),
  );
  return `[${letters.join('')}${escaped.join('')}${text.includes('-') ? '-' : ''}]`;
}

function hex(character: string): string {
  const code = character.codePointAt(0) as number;
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, '0')}`;
  if (code <= 0xffff) return `\\u${code.toString(16).padStart(4, '0')}`;
  return `\\U${code.toString(16).padStart(8, '0')}`;
}
