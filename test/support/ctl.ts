import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import * as assert from 'uvu/assert';
import { main } from '#src/cli/tsrootwrapctl.js';
import { Terminal } from '#src/terminal/terminal.js';

export interface CtlOutcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Screen {
  /** Set for a terminal that shows colours. */
  readonly columns?: number;
}

/** Runs tsrootwrapctl in this process. */
export async function ctl(words: readonly string[], screen: Screen = {}): Promise<CtlOutcome> {
  let stdout = '';
  let stderr = '';
  const { columns } = screen;
  const tty = columns === undefined ? {} : { isTTY: true, columns };
  const terminal = new Terminal(
    { ...tty, write: (text) => (stdout += Buffer.from(text as string)) },
    { ...tty, write: (text) => (stderr += Buffer.from(text as string)) },
    {},
  );
  const status = await main(words, terminal);
  return { status, stdout, stderr };
}

/** Asserts that every line fits, as on a plain terminal, and that nothing steers that. */
export function assertFits(text: string, columns = 80): void {
  for (const line of text.split('\n')) assert.ok(line.length <= columns, `too long: ${line}`);
  assert.not.match(text, /[^\n -~]/, 'something else than printable ASCII');
}

/** The values of JSON lines, each valid by docs/schemas/NAME.json. */
export function validJson(text: string, name: string): unknown[] {
  const schema = JSON.parse(readFileSync(`docs/schemas/${name}.json`, 'utf8'));
  const validate = new Ajv({ allErrors: true, strictTypes: false }).compile(schema);
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const value: unknown = JSON.parse(line);
      assert.ok(validate(value), `${line}: ${JSON.stringify(validate.errors)}`);
      return value;
    });
}
