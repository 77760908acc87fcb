/**
 * Whether Python's `str.isspace` holds for a UTF-16 code unit. Beside the Unicode blanks that
 * includes the four information separators U+001C to U+001F and NEL (U+0085), which JavaScript's
 * `\s` leaves out; it leaves out U+FEFF, which `\s` takes. Every such character is one code unit.
 */
export function isPythonSpace(code: number): boolean {
  if (code <= 0x20) return code === 0x20 || (code >= 0x09 && code <= 0x0d) || code >= 0x1c;
  if (code < 0x85) return false;
  return (
    code === 0x85 ||
    code === 0xa0 ||
    code === 0x1680 ||
    (code >= 0x2000 && code <= 0x200a) ||
    code === 0x2028 ||
    code === 0x2029 ||
    code === 0x202f ||
    code === 0x205f ||
    code === 0x3000
  );
}

/** Text in which Python and JavaScript call the same characters blanks: most of it. */
const PLAIN = /^[\t\n\r -~]*$/;

/** The index of the first character that Python does not call a blank; the length when none is. */
export function indentation(text: string): number {
  let start = 0;
  while (start < text.length && isPythonSpace(text.charCodeAt(start))) start++;
  return start;
}

/** The text without the blanks at its end, as Python's `str.rstrip()`. */
export function pythonTrimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && isPythonSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(0, end);
}

/** The text without the blanks around it, as Python's `str.strip()`. */
export function pythonTrim(text: string): string {
  if (PLAIN.test(text)) return text.trim();
  return pythonTrimEnd(text.slice(indentation(text)));
}
