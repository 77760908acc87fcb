/** What a shell makes of a character that is neither quoted nor behind a backslash. */
const MEANINGS: Readonly<Record<string, string>> = {
  ...named('an operator', '|&;()<>'),
  ...named('a pattern of file names', '*?['),
  ...named('a variable or a substitution', '$'),
  ...named('a command substitution', '`'),
  ...named('a brace expansion or a block', '{}'),
  ...named('a home directory', '~'),
  ...named('a comment', '#'),
};

/** POSIX, Shell Command Language, 2.4; what stands in the place of a command is never a program. */
const RESERVED = new Set('! case do done elif else esac fi for if in then until while'.split(' '));

/** A line in which a shell would find plain words, or why it would find more. */
export type PlainLine =
  | { readonly text: string; readonly problem?: undefined }
  | { readonly problem: string };

/**
 * Looks for everything in a line that a POSIX shell would treat as more than plain, quoted or escaped
 * words, and for what shell-quote reads in another way than a shell.
 *
 * @returns the line as shell-quote has to be given it: `` \` `` within double quotes is the one escape
 * that it does not know, and stands there without its backslash
 */
export function plainLine(line: string): PlainLine {
  const first = /^[ \t]*([^ \t]*)/.exec(line)?.[1] ?? '';
  if (RESERVED.has(first)) return refuse(`\`${first}\` begins a construct of the shell's`);
  let quote = '';
  let opened = 0;
  let text = '';
  for (let at = 0; at < line.length; at++) {
    const character = line.charAt(at);
    const next = line.charAt(at + 1);
    const escapes = character === '\\' && quote !== "'";
    if (escapes && next === '') return refuse('a backslash ends the line: no line goes on', at);
    const problem =
      quote === '' ? unquotedProblem(line, at, escapes) : quotedProblem(quote, character);
    if (problem !== undefined) return refuse(problem, at);
    if (escapes) {
      text += quote === '"' && next === '`' ? next : character + next;
      at++;
      continue;
    }
    text += character;
    if (quote === character) quote = '';
    else if (quote === '' && (character === "'" || character === '"')) {
      quote = character;
      opened = at;
    }
  }
  if (quote !== '') return refuse(`the quote ${quote} is not closed in this line`, opened);
  return { text };
}

function unquotedProblem(line: string, at: number, escapes: boolean): string | undefined {
  const character = line.charAt(escapes ? at + 1 : at);
  if (character === '\r') return "a carriage return: end lines as Unix does (sed 's/\\r$//' FILE)";
  if (/[\p{Cc}\s]/u.test(character) && character !== ' ' && character !== '\t') {
    return 'a control character or a blank that no shell takes for one: put it in quotes';
  }
  if (escapes) return undefined;
  if (character === '!') return bangProblem(line, at);
  const meaning = Object.hasOwn(MEANINGS, character) ? MEANINGS[character] : undefined;
  return meaning && shells(character, meaning);
}

/** As a word by itself behind the command, as iptables has it, it is plain in every shell. */
function bangProblem(line: string, at: number): string | undefined {
  const alone = /^[ \t][ \t]?$/.test(`${line.charAt(at - 1)}${line.charAt(at + 1)}`);
  return alone ? undefined : shells('!', 'a negation or history');
}

/** Of a character that stands within quotes and is not escaped. */
function quotedProblem(quote: string, character: string): string | undefined {
  if (quote !== '"' || (character !== '$' && character !== '`')) return undefined;
  return shells(character, `${MEANINGS[character]} also within double quotes`);
}

function shells(character: string, meaning: string): string {
  return `\`${character}\` is ${meaning} to a shell, and no shell runs this: put it in single quotes`;
}

function refuse(problem: string, at?: number): PlainLine {
  return { problem: at === undefined ? problem : `column ${at + 1}: ${problem}` };
}

function named(meaning: string, characters: string): Readonly<Record<string, string>> {
  return Object.fromEntries([...characters].map((character) => [character, meaning]));
}
