import { Pattern } from '../../policy/pattern/pattern.js';
import { cited, type LineCheck } from './mistake.js';
import { type PastedLine, pastedLine, withoutEmptyEnd } from './pasted-line.js';

const POSIX: Readonly<Record<string, string>> = {
  alpha: 'A-Za-z',
  digit: '0-9',
  alnum: '0-9A-Za-z',
  upper: 'A-Z',
  lower: 'a-z',
  xdigit: '0-9A-Fa-f',
  space: '\\s',
  blank: ' \\t',
  punct: '!-/:-@[-`{-~',
};
const POSIX_CLASS = /(?<=\[(?:[^\]\\]|\\.)*)\[:(\w+):\](?=[^\]]*\])/g;
const GLOB = /([\w-]\/)\*$/;

/** What means something in shells and grep, and something else in Python's patterns. */
export const patternHabits: LineCheck = function* ({ source, words, filter }) {
  if (filter === undefined || !/^(Chaining)?RegExpFilter$/.test(source.className)) return;
  const lines = new Map<RegExp, PastedLine | undefined>();
  const line = (pattern: RegExp, mend: (word: string) => string) => {
    if (!lines.has(pattern)) {
      const mended = words.map((word, index) => (index < 2 ? word : mend(word)));
      lines.set(pattern, pastedLine(source.name, source.className, mended));
    }
    return lines.get(pattern);
  };
  for (const [index, word] of words.entries()) {
    if (index < 2 || new Pattern(word).problem !== undefined) continue;
    if (word.search(POSIX_CLASS) !== -1) {
      yield {
        rule: 'posix-class',
        severity: 'medium',
        problem: `${cited(word)} has a POSIX class, which Python reads as a set of single characters`,
        advice: line(POSIX_CLASS, (pattern) =>
          pattern.replace(POSIX_CLASS, (text, name: string) => POSIX[name] ?? text),
        ),
      };
    }
    if (GLOB.test(word)) {
      yield {
        rule: 'glob-pattern',
        severity: 'medium',
        problem: `${cited(word)} takes slashes at its end and no file: * repeats what stands before it`,
        advice: line(GLOB, (pattern) => pattern.replace(GLOB, '$1[A-Za-z0-9_-]+')),
      };
    }
    if (word === '' && index > 2 && index === words.length - 1) {
      yield {
        rule: 'empty-pattern',
        severity: 'medium',
        problem: 'the comma at the end asks for an empty word at the end of the command',
        advice: pastedLine(source.name, source.className, withoutEmptyEnd(words)),
      };
    }
  }
};
