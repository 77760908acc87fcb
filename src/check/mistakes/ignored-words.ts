import { baseName, spellings } from '../../policy/filters/filter.js';
import { escapedPattern } from '../../policy/pattern/literal.js';
import { Pattern } from '../../policy/pattern/pattern.js';
import type { DefinedFilter, PolicySource } from '../../policy/policy-source.js';
import { freeName } from './free-name.js';
import { type Advice, cited, type LineCheck } from './mistake.js';
import { looksLikePattern, type PastedLine, pastedLine } from './pasted-line.js';

/** How many words each class looks at, where it does not look at all. */
const LOOKED_AT: Readonly<Record<string, number>> = {
  CommandFilter: 2,
  IpFilter: 2,
  IpNetnsExecFilter: 2,
  ReadFileFilter: 1,
};

/** Words behind those that the class knows: they look like a limit and are none. */
export const ignoredWords: LineCheck = function* (definition, policy) {
  const { source, words, filter } = definition;
  const count = LOOKED_AT[source.className];
  if (filter === undefined || count === undefined) return;
  const ignored = words.slice(count).filter((word) => word !== '');
  if (ignored.length === 0) return;
  const reads = source.className === 'ReadFileFilter';
  if (reads && !words[0]?.startsWith('/')) return; // told as a relative path, with the line to write
  yield {
    rule: 'ignored-arguments',
    severity: 'medium',
    problem: reads
      ? `a ReadFileFilter is for one file: nothing looks at ${cited(ignored.join(', '))}`
      : `any arguments are allowed: a ${source.className} ignores ${cited(ignored.join(', '))}`,
    advice: reads ? eachFile(definition, ignored, policy) : asRegExp(definition, ignored),
  };
};

function asRegExp({ source, words }: DefinedFilter, ignored: readonly string[]) {
  if (source.className === 'IpNetnsExecFilter') return 'limit the commands in their own filters';
  const [exec = '', user = ''] = words;
  const named = spellings(exec).includes(ignored[0] ?? '') ? ignored : [baseName(exec), ...ignored];
  const patterns = named.map((word, index) =>
    index === 0 ? escapedPattern(word) : patternOf(word),
  );
  return pastedLine(source.name, 'RegExpFilter', [exec, user, ...patterns]);
}

function patternOf(word: string): string {
  const pattern = new Pattern(word);
  const works = looksLikePattern(word) && pattern.problem === undefined;
  return works || pattern.literal === word ? word : escapedPattern(word);
}

function eachFile(
  { source, words }: DefinedFilter,
  ignored: readonly string[],
  policy: PolicySource,
): Advice {
  const lines = [words[0] ?? '', ...ignored].map((path, index): PastedLine | undefined => {
    const name = index === 0 ? source.name : freeName(policy, source.file, source.name);
    return path.startsWith('/') ? pastedLine(name, source.className, [path]) : undefined;
  });
  if (lines.some((line) => line === undefined)) return 'write a line for each file';
  return { text: lines.map((line) => line?.text).join('\n') };
}
