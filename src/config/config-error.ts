/** Something in root's own files is wrong: nothing may run. Exit code 97. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  /** @param line counted from 1; 0 when the whole file is meant */
  constructor(
    readonly file: string,
    readonly line: number,
    readonly problem: string,
  ) {
    super(line > 0 ? `${file}:${line}: ${problem}` : `${file}: ${problem}`);
  }
}
