import { readPythonList } from './python-list.js';

/** What a line of the log of tsrootwrap or oslo-rootwrap tells about a command. */
export type LogMessage =
  | { readonly kind: 'ran'; readonly words: readonly string[]; readonly user: string }
  | { readonly kind: 'refused'; readonly words: readonly string[] }
  /** The beginning of a refusal whose words hold a line end: what follows is within the words. */
  | { readonly kind: 'unfinished' }
  /** A message of theirs that tells no command. */
  | { readonly kind: 'other' };

/** Of the daemon, ahead of what a peer said. */
const PEER = /^from uid \d+, pid \d+: /;
const EXECUTING = /^\([^\s()>]+ > ([^\s()>]+)\) Executing /;
const MATCH = /^ \(filter match = [^\n]*\)$/;
const UNAUTHORIZED = 'Unauthorized command: ';
export const NO_FILTER = ' (no filter matched)';
const NOT_FOUND = 'Executable not found: ';
const OTHER = [
  /^Unauthorized command: .* \((it holds bytes that are not UTF-8|the process is another one now|its variables were taken for words|a path changed while it was checked|\d+ more)\)$/,
  /^(Read|Ending|Removed|Skipping|Cannot|Kept) /,
];

/**
 * Reads one message, without what syslog puts before it. The wording is the same in both, see
 * src/log/wording.ts. A message must be whole: from its first word to its last bracket.
 *
 * @returns undefined for anything else
 */
export function readMessage(text: string): LogMessage | undefined {
  const message = text.replace(PEER, '');
  const executing = EXECUTING.exec(message);
  if (executing !== null) return readExecuting(message.slice(executing[0].length), executing[1]);
  if (message.startsWith(UNAUTHORIZED)) {
    const words = message.slice(UNAUTHORIZED.length);
    if (words.endsWith(NO_FILTER)) return readRefused(words.slice(0, -NO_FILTER.length));
    if (!isOther(message)) return { kind: 'unfinished' };
  }
  return isOther(message) ? { kind: 'other' } : undefined;
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
  return { kind: 'refused', words: text.split(' ') };
}

export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
