import { PatternSyntaxError } from './syntax.js';

/** A pattern's text, read one code point at a time. Positions count code points, as Python's do. */
export class Source {
  readonly #points: readonly string[];
  position = 0;

  constructor(text: string) {
    this.#points = [...text];
  }

  /** The next character, without taking it; undefined at the end. */
  get next(): string | undefined {
    return this.#points[this.position];
  }

  /** The next character, taken; undefined at the end. */
  take(): string | undefined {
    return this.#points[this.position++];
  }

  /** Takes the next character if it is this one, and says whether it was. */
  accept(character: string): boolean {
    if (this.next !== character) return false;
    this.position++;
    return true;
  }

  /** Takes up to `count` characters out of `allowed`. */
  takeWhile(allowed: string, count = Number.POSITIVE_INFINITY): string {
    let taken = '';
    while (taken.length < count && this.next !== undefined && allowed.includes(this.next)) {
      taken += this.take();
    }
    return taken;
  }

  /**
   * Takes a name and the character that ends it.
   * @throws PatternSyntaxError when the name is empty or never ends
   */
  takeUntil(terminator: string, what: string): string {
    const start = this.position;
    let name = '';
    for (;;) {
      const character = this.take();
      if (character === undefined) {
        throw new PatternSyntaxError(`missing ${terminator}, unterminated ${what}`, start);
      }
      if (character === terminator) break;
      name += character;
    }
    if (name === '') throw new PatternSyntaxError(`missing ${what}`, start);
    return name;
  }
}
