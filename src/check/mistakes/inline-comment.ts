import { cited, type LineCheck } from './mistake.js';
import { pastedLine } from './pasted-line.js';

const COMMENT = /(?:^|\s)[#;](?:\s|$)/;

/** A comment behind the last word, which the engine takes for a part of that word. */
export const inlineComment: LineCheck = function* ({ source, words }) {
  const index = words.findIndex(
    (word, index) => COMMENT.test(word) && !/^-\w*c$/.test(words[index - 1] ?? ''), // no shell's script
  );
  const word = words[index];
  if (word === undefined) return;
  const [, before = ''] = /^(.*?)\s*(?:^|\s)[#;](?:\s|$)/s.exec(word) ?? [];
  const kept = [...words.slice(0, index), ...(before === '' ? [] : [before])];
  yield {
    rule: 'inline-comment',
    severity: 'medium',
    problem: `${cited(word)} is one word to the engine: there are no comments behind a value`,
    advice: pastedLine(source.name, source.className, kept) ?? 'put the comment on its own line',
  };
};
