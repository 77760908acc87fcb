import { styleText } from 'node:util';
import wrapAnsi from 'wrap-ansi';
import { escapeControls } from '../log/escape.js';
import { toJson } from '../log/json.js';

/** How a part of a line looks where there are colours. */
export type Style = 'bold' | 'dim' | 'red' | 'yellow' | 'green' | 'cyan';

/** A part of a line; a plain string has no style. */
export type Part = string | { readonly text: string; readonly style: Style };

/** Columns for output that nobody looks at on a terminal, so that it is the same everywhere. */
const USUAL_COLUMNS = 80;
/** Longer lines are hard to read, and shorter ones hard to fold. */
const MOST_COLUMNS = 100;
const LEAST_COLUMNS = 40;

export interface TerminalStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string | Uint8Array): unknown;
}

/**
 * Where a program for people writes. All text is escaped here: nothing that a file or a caller holds
 * can forge a line, move the cursor or set a colour.
 */
export class Terminal {
  readonly #out: TerminalStream;
  readonly #err: TerminalStream;
  /** Width that lines are folded to. */
  readonly columns: number;
  readonly colours: boolean;
  /** Whether somebody watches standard error: progress is for them. */
  readonly watched: boolean;

  constructor(
    out: TerminalStream,
    err: TerminalStream,
    environment: Readonly<Record<string, string | undefined>> = process.env,
  ) {
    this.#out = out;
    this.#err = err;
    const columns = (out.isTTY && out.columns) || USUAL_COLUMNS;
    this.columns = Math.max(LEAST_COLUMNS, Math.min(MOST_COLUMNS, columns));
    const plain = Boolean(environment.NO_COLOR) || environment.TERM === 'dumb';
    this.colours = out.isTTY === true && !plain;
    this.watched = err.isTTY === true && environment.TERM !== 'dumb';
  }

  /** One line, folded at blanks where it is too long; what follows the first is indented. */
  print(parts: Part | readonly Part[] = '', indent = 0, hanging = indent): void {
    this.#out.write(`${this.#fold(parts, indent, hanging, this.colours)}\n`);
  }

  /** A line as it is, not folded: to be copied or pasted. */
  printWhole(parts: Part | readonly Part[], indent = 0): void {
    this.#out.write(`${' '.repeat(indent)}${this.#styled(parts, this.colours)}\n`);
  }

  /** One value as JSON on one line, with every character escaped that a terminal could act on. */
  printJson(value: unknown): void {
    this.#out.write(`${toJson(value)}\n`);
  }

  /** Text that is already safe and ends its own lines: a file that was asked for. */
  printText(text: string): void {
    this.#out.write(text);
  }

  /** One line on standard error. */
  complain(message: string): void {
    this.#err.write(`${escapeControls(message)}\n`);
  }

  /** One line on standard error, folded as `print` does it, without colours. */
  remark(text: string, indent = 0, hanging = indent): void {
    this.#err.write(`${this.#fold(text, indent, hanging, false)}\n`);
  }

  /**
   * What a command has written, as it is; on a terminal only lines and tabs keep their meaning, and
   * the last line is ended.
   */
  passOn(bytes: Uint8Array, to: 'out' | 'err'): void {
    if (bytes.length === 0) return;
    const stream = to === 'out' ? this.#out : this.#err;
    stream.write(stream.isTTY === true ? tame(bytes) : bytes);
  }

  /** The current line of standard error, to be overwritten; empty text takes it away. Only if watched. */
  progress(text: string): void {
    if (!this.watched) return;
    // one that the terminal itself would fold could not be taken away again
    const [line = ''] = wrapAnsi(escapeControls(text), this.columns - 1, {
      hard: true,
      trim: false,
      wordWrap: false,
    }).split('\n');
    this.#err.write(`\r\x1b[K${line}`);
  }

  #fold(parts: Part | readonly Part[], indent: number, hanging: number, colours: boolean): string {
    const room = this.columns - Math.max(indent, hanging);
    const [first = '', ...rest] = wrapAnsi(this.#styled(parts, colours), room, {
      hard: true,
    }).split('\n');
    return [' '.repeat(indent) + first, ...rest.map((line) => ' '.repeat(hanging) + line)].join(
      '\n',
    );
  }

  #styled(parts: Part | readonly Part[], colours: boolean): string {
    const list = Array.isArray(parts) ? (parts as readonly Part[]) : [parts as Part];
    return list
      .map((part) => {
        if (typeof part === 'string') return escapeControls(part);
        const text = escapeControls(part.text);
        return colours ? styleText(part.style, text, { validateStream: false }) : text;
      })
      .join('');
  }
}

function tame(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('utf8');
  const pieces = text.split(/([\t\n])/); // every second one is what the text was split at
  const safe = pieces.map((piece, index) => (index % 2 === 1 ? piece : escapeControls(piece)));
  return `${safe.join('')}${text.endsWith('\n') ? '' : '\n'}`;
}
