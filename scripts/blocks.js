// Which blocks of a compiled file have run: each writes a line to a file when it runs for the first
// time in a process. At once, since a process that becomes a command has no end of its own; and to a
// path that stands in the code, since no variable of the environment gets through to a command.
import { parse } from 'acorn';
import { full } from 'acorn-walk';

/**
 * @param text a module
 * @param file its name
 * @param ran the file that is written to, in lines FILE:START, where START is an offset into `text`
 * @returns the module with its marks
 */
export function withMarks(text, file, ran) {
  const inserted = [{ at: 0, words: '__ran(0);' }];
  const mark = (node) => `__ran(${node.start})`;
  full(parseModule(text), (node) => {
    if (node.type === 'BlockStatement') {
      inserted.push({ at: afterDirectives(node), words: `${mark(node)};` });
    } else if (node.type === 'ArrowFunctionExpression' && node.body.type !== 'BlockStatement') {
      inserted.push({ at: node.body.start, words: `(${mark(node.body)}, ` });
      inserted.push({ at: node.body.end, words: ')', closes: true });
    }
  });
  inserted.sort((one, other) => one.at - other.at || (other.closes ?? 0) - (one.closes ?? 0));
  let result = '';
  let last = 0;
  for (const { at, words } of inserted) {
    result += text.slice(last, at) + words;
    last = at;
  }
  return `${result}${text.slice(last)}
import { appendFileSync as __append } from 'node:fs';
function __ran(start) {
  const seen = (__ran.seen ??= new Set());
  if (seen.has(start)) return;
  seen.add(start);
  try {
    __append(${JSON.stringify(ran)}, ${JSON.stringify(`${file}:`)} + start + '\\n');
  } catch {}
}
`;
}

/** @returns where the innermost block around `start` begins, 0 outside of all */
export function blockAround(text, start) {
  let block = 0;
  full(parseModule(text), (node) => {
    const isArrow = node.type === 'ArrowFunctionExpression';
    if (!isArrow && node.type !== 'BlockStatement') return;
    const body = isArrow ? node.body : node;
    if (body.start > start || start >= body.end) return;
    block = Math.max(block, body.start);
  });
  return block;
}

function afterDirectives(block) {
  const directives = block.body.filter(({ directive }) => directive !== undefined);
  return directives.at(-1)?.end ?? block.start + 1;
}

function parseModule(text) {
  return parse(text, { ecmaVersion: 'latest', sourceType: 'module' });
}
