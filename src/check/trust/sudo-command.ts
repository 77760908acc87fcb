import { isAbsolute } from 'node:path';

/** A command of sudoers(5), taken apart. */
export interface SudoCommand {
  /** As sudo prints it. */
  readonly text: string;
  /** A path, `ALL`, a pattern, a directory with its slash; a digest in front of it is left out. */
  readonly program: string;
  /** The program stands for more than itself: a wildcard, a regular expression, a directory. */
  readonly several: boolean;
  /** Undefined where any arguments may follow; empty for `""`, which allows none. */
  readonly words: readonly string[] | undefined;
  /** `^...$`: the arguments are one regular expression, and `words` is what stands between blanks. */
  readonly regular: boolean;
}

const DIGESTS = /^(?:sha\d+:[\w+/=]+,?\s+)+/;

/** Reads a command that is allowed; undefined for one that is forbidden (`!`). */
export function readSudoCommand(text: string): SudoCommand | undefined {
  const command = text.replace(DIGESTS, '');
  if (command.startsWith('!')) return undefined;
  const [, program = '', rest = ''] = /^((?:\\.|[^\s\\])+)\s*(.*)$/s.exec(command) ?? [];
  const words = rest === '""' ? [] : (rest.match(/(?:\\.|[^\s\\])+/g) ?? []);
  return {
    text,
    program: unescaped(program),
    several: isPattern(program) || program.endsWith('/'),
    words: rest === '' ? undefined : words,
    regular: rest.startsWith('^'),
  };
}

/** Whether a word or a program of sudoers stands for more than itself. */
export function isPattern(word: string): boolean {
  return word.startsWith('^') || /(?:^|[^\\])(?:\\\\)*[*?[]/.test(word);
}

/** A word that is no pattern, as the caller would have to write it. */
export function unescaped(word: string): string {
  return isPattern(word) ? word : word.replace(/\\(.)/g, '$1');
}

/** Whether a program that stands for several is also this one. */
export function allowsProgram(program: string, path: string): boolean {
  if (program.endsWith('/')) return path.slice(0, path.lastIndexOf('/') + 1) === program;
  if (program.startsWith('^')) return program.includes('rootwrap') || program.includes('.*');
  return globMatches(program, path);
}

/** glob(7) without character classes: a class counts as any character. `*` does not match a slash. */
function globMatches(glob: string, path: string): boolean {
  const parts = glob.match(/\\.|\[[^\]]*\]|./gs) ?? [];
  const source = parts.map((part) => {
    if (part === '*') return '[^/]*';
    if (part === '?' || (part.startsWith('[') && part.length > 1)) return '[^/]';
    return (part.startsWith('\\') ? part.slice(1) : part).replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  });
  return new RegExp(`^${source.join('').replace(/(?:\[\^\/\]\*)+/g, '[^/]*')}$`).test(path);
}

/** Why a word does not fix the configuration, to end a sentence; undefined for the full path of a file. */
export function whyNotFixed(config: string | undefined, regular: boolean): string | undefined {
  if (config === undefined) return 'takes any words: the caller names the configuration';
  if (regular) return 'is a regular expression: it may stand for more configurations than one';
  if (isPattern(config))
    return 'has a wildcard in the configuration, which also stands for blanks and slashes';
  if (!isAbsolute(unescaped(config))) return "names the configuration from the caller's directory";
  return undefined;
}
