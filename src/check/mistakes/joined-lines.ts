import type { DefinedFilter, PolicySource } from '../../policy/policy-source.js';
import { freeName } from './free-name.js';
import { cited, type LineCheck, type Mistake } from './mistake.js';
import { type PastedLine, pastedLine } from './pasted-line.js';

const DEFINITION = /^([^\s:=][^\s:=]*)\s*[:=]\s*(\w*Filter)$/;

/** Lines that belong together for the engine only: another filter, or a word without its comma. */
export const joinedLines: LineCheck = function* (definition, policy) {
  const index = definition.words.findIndex((word) => word.includes('\n'));
  if (index !== -1) yield swallowed(definition, index, policy) ?? unseparated(definition, index);
};

function swallowed(
  { source, words }: DefinedFilter,
  index: number,
  policy: PolicySource,
): Mistake | undefined {
  const [head = '', ...rest] = linesOf(words[index] ?? '');
  const [, name, className] = DEFINITION.exec(rest.at(-1) ?? '') ?? [];
  if (name === undefined || className === undefined || rest.length !== 1) return undefined;
  const first = pastedLine(source.name, source.className, [...words.slice(0, index), head]);
  const key = name.toLowerCase();
  const free = key === source.name ? freeName(policy, source.file, key) : key;
  const second = pastedLine(free, className, words.slice(index + 1));
  const lines = first && second ? { text: `${first.text}\n${second.text}` } : undefined;
  return {
    rule: 'joined-lines',
    severity: 'medium',
    problem: `the filter ${cited(name)} is indented, so it is read as words of this one`,
    advice: lines ?? `start ${cited(name)} at the first column`,
  };
}

function unseparated({ source, words }: DefinedFilter, index: number): Mistake {
  const [first = '', second = ''] = linesOf(words[index] ?? '');
  const line: PastedLine | undefined = pastedLine(
    source.name,
    source.className,
    words.flatMap(linesOf),
  );
  return {
    rule: 'joined-lines',
    severity: 'medium',
    problem: `${cited(first)} and ${cited(second)} on the next line are one word, with a newline in it: a comma is missing`,
    advice: line ?? `write a comma behind ${cited(first)}`,
  };
}

function linesOf(word: string): string[] {
  return word === '' ? [''] : word.split('\n').filter((line) => line !== '');
}
