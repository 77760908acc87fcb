import { Pattern } from '../../policy/pattern/pattern.js';
import type { DefinedFilter } from '../../policy/policy-source.js';
import { cited, type LineCheck, type Mistake } from './mistake.js';
import { looksLikePattern, type PastedLine, pastedLine, withoutEmptyEnd } from './pasted-line.js';

/** A beginning that people write for a path, and that no option or subcommand has. */
const RELATIVE = /^(?:\.{1,2}|~|etc|var|usr|srv|opt|home|tmp|dev|run|lib|mnt|proc|sys)\//;

/** What PathFilter and ReadFileFilter compare as text, and what their paths are. */
export const wordsAsText: LineCheck = function* (definition) {
  const { source, words, filter } = definition;
  if (filter === undefined) return;
  if (source.className === 'ReadFileFilter') yield* fileMistakes(definition);
  if (source.className !== 'PathFilter') return;
  for (const [index, word] of words.entries()) {
    if (index >= 2) yield* constraintMistakes(definition, index, word);
  }
};

function* constraintMistakes(
  definition: DefinedFilter,
  index: number,
  word: string,
): Generator<Mistake> {
  const line = (text: string | undefined) => withWord(definition, index, text);
  if (word === '') {
    if (index < definition.words.length - 1) return;
    yield {
      rule: 'empty-pattern',
      severity: 'medium',
      problem: 'the comma at the end asks for an empty word at the end of the command',
      advice: pastedLine(
        definition.source.name,
        definition.source.className,
        withoutEmptyEnd(definition.words),
      ),
    };
  } else if (looksLikePattern(word)) {
    const takesAll = /^\^?(?:\.\*|\.\+|\*)\$?$/.test(word);
    yield {
      rule: 'pattern-as-text',
      severity: 'medium',
      problem: word.startsWith('/')
        ? `${cited(word)} is the name of a directory here and no pattern`
        : `${cited(word)} takes itself only: a PathFilter has no patterns`,
      advice:
        line(takesAll ? 'pass' : directoryOf(word)) ??
        'write pass, a word, a directory, or a RegExpFilter',
    };
  } else if (/^\/+$/.test(word)) {
    yield {
      rule: 'any-path',
      severity: 'low',
      problem: `the constraint ${cited(word)} takes every path there is`,
      advice: 'name the directory that is meant',
    };
  } else if (word !== 'pass' && /^pass$/i.test(word)) {
    yield {
      rule: 'pattern-as-text',
      severity: 'medium',
      problem: `${cited(word)} takes itself only: the word for anything is pass`,
      advice: line('pass'),
    };
  } else if (RELATIVE.test(word)) {
    yield {
      rule: 'relative-path',
      severity: 'low',
      problem: `${cited(word)} takes exactly this word: a directory starts with /`,
      advice: line(word.startsWith('/') || /^[.~]/.test(word) ? undefined : `/${word}`),
    };
  }
}

function* fileMistakes({ source, words }: DefinedFilter): Generator<Mistake> {
  const [path = ''] = words;
  if (!path.startsWith('/')) {
    const absolute = words.find((word) => word.startsWith('/'));
    yield {
      rule: 'relative-path',
      severity: 'medium',
      problem: `${cited(path)} is read in whatever directory the caller chooses`,
      advice:
        (absolute && pastedLine(source.name, source.className, [absolute])) ||
        'write the absolute path of the file',
    };
  } else if (looksLikePattern(path)) {
    yield {
      rule: 'pattern-as-text',
      severity: 'medium',
      problem: `${cited(path)} is the name of one file here and no pattern`,
      advice:
        patternLine(source.name, path) ?? 'write a RegExpFilter for cat, or a line for each file',
    };
  }
}

/** A pattern that a RegExpFilter can have: one that leaves no way out of its directory. */
function patternLine(name: string, pattern: string): PastedLine | undefined {
  if (/\.[*+]|\/\*|\*$/.test(pattern)) {
    const directory = directoryOf(pattern);
    if (directory === undefined) return undefined;
    return pastedLine(name, 'PathFilter', ['cat', 'root', directory]);
  }
  if (new Pattern(pattern).problem !== undefined) return undefined;
  return pastedLine(name, 'RegExpFilter', ['cat', 'root', 'cat', pattern]);
}

function withWord(
  { source, words }: DefinedFilter,
  index: number,
  word: string | undefined,
): PastedLine | undefined {
  return word === undefined
    ? undefined
    : pastedLine(source.name, source.className, words.with(index, word));
}

/**
 * The directory that a pattern means when it takes everything in it: to name that one gives away no
 * more. Undefined for any other pattern, and for the root.
 */
function directoryOf(pattern: string): string | undefined {
  const everything = /^\^?((?:\/[\w@%+:~-]+(?:\.[\w-]+)*)+)\/(?:\(\?![^()]*\))?(?:\.[*+]|\*+)\$?$/;
  return everything.exec(pattern)?.[1];
}
