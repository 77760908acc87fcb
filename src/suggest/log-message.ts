import { readPythonList } from './python-list.js';
import { readQuotedWords } from './quoted-words.js';

/** What a line of the log of tsrootwrap or oslo-rootwrap tells about a command. */
export type LogMessage =
  | { readonly kind: 'ran'; readonly words: readonly string[]; readonly user: string }
  /** `isExact`: the line shows where each word ends. */
  | { readonly kind: 'refused'; readonly words: readonly string[]; readonly isExact: boolean }
  /** The beginning of a refusal whose words hold a line end: what follows is within the words. */
  | { readonly kind: 'unfinished' }
  /** A message of theirs that tells no command. */
  | { readonly kind: 'other' };

/** Of the daemon, ahead of what a peer said, as earlier versions wrote it. */
const PEER = /^from uid \d+, pid \d+: /;
/** Who asked, under which configuration. Behind this, words are in quotes where they need them. */
const WORD = String.raw`(?:[\w./:=@%+,-]+|'(?:[^']|'\\'')*'|\$'(?:[^'\\]|\\.)*')`;
const ASKED_BY = new RegExp(`^from ${WORD} \\(uid \\d+\\), pid \\d+, by ${WORD}: `);
const EXECUTING = /^\([^\s()>]+ > ([^\s()>]+)\) Executing /;
const MATCH = /^ \(filter match = [^\n]*\)$/;
const UNAUTHORIZED = 'Unauthorized command: ';
export const NO_FILTER = ' (no filter matched)';
const NOT_FOUND = 'Executable not found: ';
const OTHER = [
  /^Unauthorized command: .* \((it holds bytes that are not UTF-8|the process is another one now|its variables were taken for words|a path changed while it was checked|\d+ more|\d+ words in all, sha256 [0-9a-f]+)\)$/,
  /^(Read|Ending|Removed|Skipping|Cannot|Kept) /,
  /^(refused the connection|refused a request): /,
  /^\d+ messages? (was|were) lost here/,
];

/**
 * Reads one message, without what syslog puts before it. The wording is the same in both, see
 * src/log/wording.ts. A message must be whole: from its first word to its last bracket.
 *
 * @returns undefined for anything else
 */
export function readMessage(text: string): LogMessage | undefined {
  const quoted = ASKED_BY.exec(text);
  const message = quoted === null ? text.replace(PEER, '') : text.slice(quoted[0].length);
  const executing = EXECUTING.exec(message);
  if (executing !== null) return readExecuting(message.slice(executing[0].length), executing[1]);
  if (message.startsWith(UNAUTHORIZED)) {
    const words = message.slice(UNAUTHORIZED.length);
    if (quoted !== null) return readQuoted(words);
    if (words.endsWith(NO_FILTER)) return readRefused(words.slice(0, -NO_FILTER.length));
    if (!isOther(message)) return { kind: 'unfinished' };
  }
  return isOther(message) ? { kind: 'other' } : undefined;
}

/** A command that was cut, or refused for another reason than that no filter matched, is none. */
function readQuoted(text: string): LogMessage {
  const read = readQuotedWords(text);
  if (read === undefined || text.slice(read.end) !== NO_FILTER) return { kind: 'other' };
  return { kind: 'refused', words: read.words, isExact: true };
}

function isOther(message: string): boolean {
  if (message.startsWith(NOT_FOUND)) {
    return message.includes(' (filter match = ', NOT_FOUND.length) && message.endsWith(')');
  }
  return OTHER.some((pattern) => pattern.test(message));
}

/** The caller may have written a path; what ran is always one, so that the name is all that is known. */
function readExecuting(text: string, user = ''): LogMessage | undefined {
  const list = readPythonList(text);
  if (list === undefined || !MATCH.test(text.slice(list.end))) return undefined;
  const [file = '', ...args] = list.words;
  if (!file.startsWith('/')) return undefined;
  const named = args.map((word, index) =>
    isInnerProgram(list.words, index + 1) ? baseName(word) : word,
  );
  return { kind: 'ran', words: [baseName(file), ...named], user };
}

/** `ip netns exec NAME /full/path`: the engine writes the inner program's path there. */
function isInnerProgram(argv: readonly string[], index: number): boolean {
  return (
    index === 4 &&
    baseName(argv[0] ?? '') === 'ip' &&
    /^net(n|ns)?$/.test(argv[1] ?? '') &&
    /^e(x|xe|xec)?$/.test(argv[2] ?? '')
  );
}

/** The words were joined by blanks, so nobody can tell where one ends that holds a blank. */
function readRefused(text: string): LogMessage {
  return { kind: 'refused', words: text.split(' '), isExact: false };
}

export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
