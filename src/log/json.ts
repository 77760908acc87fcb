/** JSON on one line in which every character is escaped that `escapeControls` would escape. */
export function toJson(value: unknown): string {
  const text = JSON.stringify(value);
  if (/^[ -~]*$/.test(text)) return text;
  return text.replace(/(?! )[\p{C}\p{Z}]/gu, (character) =>
    [...Array(character.length).keys()]
      .map((index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}
