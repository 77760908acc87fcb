import { baseName, type Filter, spellings } from './filter.js';
import { IpFilter } from './ip-filter.js';
import { IpNetnsExecFilter } from './ip-netns-exec-filter.js';
import type { WordRule } from './shape.js';

/**
 * How a filter's command may be called, for people: what stands in capitals is to be filled in, what
 * stands in slashes is a pattern for one word.
 */
export function callForm(filter: Filter): string {
  const { variables, words, rest } = filter.shape();
  if (words.length === 0) return 'nothing: it has no pattern';
  const open = filter instanceof IpNetnsExecFilter ? 'NAME' : 'ANYTHING';
  return [
    ...variables.map((name) => `${/^\w+$/.test(name) ? name : plainWord(name)}=...`),
    ...words.map((rule, index) => (index === 0 ? commandForm(rule, filter) : wordForm(rule, open))),
    ...restForm(rest, filter),
  ].join(' ');
}

/** Called by path or by base name, it is told by base name: where it lies is told beside it. */
function commandForm(rule: WordRule, { exec }: Filter): string {
  if (rule.takes !== 'words') return wordForm(rule, 'ANYTHING');
  const isBoth = spellings(exec).every((spelling) => rule.words.includes(spelling));
  return isBoth && rule.words.length === spellings(exec).length
    ? plainWord(baseName(exec))
    : wordForm(rule, 'ANYTHING');
}

function wordForm(rule: WordRule, open: string): string {
  switch (rule.takes) {
    case 'anything':
      return open;
    case 'words':
      return choice(rule.words);
    case 'pattern': {
      const { literal, source } = rule.pattern;
      return literal === undefined ? `/${source}/` : plainWord(literal);
    }
    case 'path':
      return `(PATH in ${plainWord(rule.directory)})`;
    case 'process':
      return `(PROCESS of ${plainWord(rule.program)})`;
  }
}

function choice(words: readonly string[]): string {
  const [longest = ''] = [...words].sort((a, b) => b.length - a.length);
  if (words.every((word) => word !== '' && longest.startsWith(word))) return plainWord(longest);
  return `(${words.map(plainWord).join('|')})`;
}

function restForm(rest: 'nothing' | 'anything' | 'command', filter: Filter): string[] {
  if (rest === 'nothing') return [];
  if (rest === 'command') return ["COMMAND (another filter's)"];
  return [filter instanceof IpFilter ? 'ANYTHING... (but no other program)' : 'ANYTHING...'];
}

/** Quoted where it could be taken for something else: for a blank, a pattern or a word in capitals. */
function plainWord(word: string): string {
  const isPlain = /^[\w.:=@%+,/-]+$/.test(word) && !/^[A-Z]+\b|^\/.*\/$/.test(word);
  return isPlain ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
