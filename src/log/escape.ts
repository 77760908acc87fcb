/**
 * Text as a terminal or a log may show it: what Python's str.isprintable calls unprintable (control
 * characters, line ends, direction marks, other spaces than the plain one, characters that Unicode
 * gives no meaning, lone surrogates) becomes `\xNN`, `\uNNNN` or `\UNNNNNNNN`; the rest stays.
 */
export function escapeControls(text: string): string {
  if (/^[ -~]*$/.test(text)) return text; // V8 takes half a millisecond to build what is below
  return text.replace(/(?! )[\p{C}\p{Z}]/gu, escapeOne);
}

/** A list of words as Python prints it, the form of oslo.rootwrap's log: `['ip', 'a']`. */
export function pythonList(words: readonly string[]): string {
  return `[${words.map(pythonString).join(', ')}]`;
}

/** As Python's repr: double quotes only around text that holds a single one and no double one. */
function pythonString(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const body = text
    .replace(/\\/g, '\\\\')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t')
    .replaceAll(quote, `\\${quote}`);
  return `${quote}${escapeControls(body)}${quote}`;
}

/**
 * Words as one line that shows where each begins and ends, and holds nothing a terminal obeys. No two
 * lists of words look alike. Bash reads them back.
 */
export function escapeCommand(words: readonly string[]): string {
  return words.map(escapeWord).join(' ');
}

/** One word: as it is where it is plain, else in quotes, `$'...'` where something in it is escaped. */
export function escapeWord(word: string): string {
  if (/^[\w./:=@%+,-]+$/.test(word)) return word;
  if (escapeControls(word) === word) return `'${word.replaceAll("'", "'\\''")}'`;
  const text = word.replace(/[\\']/g, '\\$&').replace(/(?! )[\p{C}\p{Z}]/gu, escapeInQuotes);
  return `$'${text}'`;
}

/** In `$'...'` a `\xNN` is a byte, not a character. */
function escapeInQuotes(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code < 0x80 || code > 0xff ? escapeOne(character) : `\\u00${code.toString(16)}`;
}

function escapeOne(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, '0')}`;
  if (code <= 0xffff) return `\\u${code.toString(16).padStart(4, '0')}`;
  return `\\U${code.toString(16).padStart(8, '0')}`;
}
