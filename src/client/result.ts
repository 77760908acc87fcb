import { escapeCommand } from '../log/escape.js';
import type { Exit } from '../wire/messages.js';
import type { ExecuteOptions } from './options.js';

/** How a command ended. The names are execa's. */
export interface Result<Stdout = string, Stderr = Stdout> {
  /** The words as one line, quoted and escaped: for people and logs, not for a shell to run. */
  readonly command: string;
  readonly argv: readonly string[];
  /** undefined when a signal killed it, or when it was canceled before it was sent. */
  readonly exitCode: number | undefined;
  /** Name of the signal that killed it. */
  readonly signal: string | undefined;
  /** Anything but exit code 0 of its own accord. */
  readonly failed: boolean;
  readonly timedOut: boolean;
  /** `cancelSignal` was aborted, or the running command disposed of. */
  readonly isCanceled: boolean;
  /** It wrote more than `maxBuffer` and was ended; the output is what came before. */
  readonly isMaxBuffer: boolean;
  /** A signal killed it. */
  readonly isTerminated: boolean;
  readonly stdout: Stdout;
  readonly stderr: Stderr;
  /** Milliseconds from sending it to its answer. */
  readonly durationMs: number;
  /** Another process still had its output open when it ended, so output may be missing. */
  readonly heldOpen: boolean;
}

export type Output = string | string[] | Uint8Array;
export type AnyResult = Result<Output | undefined>;

/** What an `exit` message says, or that there was none since the command was never sent. */
export type Ending = Pick<Exit, 'code' | 'signal' | 'timedOut' | 'aborted' | 'overflowed'> & {
  readonly heldOpen?: true;
  /** Name of the filter that allowed it, when that was asked for. */
  readonly filter?: string;
};

export const NEVER_SENT: Ending = { code: null, signal: null, aborted: true };

export function makeResult(
  argv: readonly string[],
  ending: Ending,
  stdout: Output | undefined,
  stderr: Output | undefined,
  durationMs: number,
): AnyResult {
  const { code, signal, timedOut = false, aborted = false, overflowed = false } = ending;
  return {
    command: escapeCommand(argv),
    argv,
    exitCode: code ?? undefined,
    signal: signal ?? undefined,
    failed: code !== 0 || timedOut || aborted || overflowed,
    timedOut,
    isCanceled: aborted,
    isMaxBuffer: overflowed,
    isTerminated: signal !== null,
    stdout,
    stderr,
    durationMs,
    heldOpen: ending.heldOpen ?? false,
  };
}

/** Bytes of output in the form that the options ask for; never shares memory with them. */
export function present(bytes: Buffer, options: ExecuteOptions): Output {
  const { encoding = 'utf8', lines = false, stripFinalNewline = true } = options;
  if (encoding === 'buffer') {
    return new Uint8Array(stripFinalNewline ? bytes.subarray(0, withoutLineEnd(bytes)) : bytes);
  }
  if (encoding === 'utf8' || lines || encoding === 'utf16le') {
    const text = bytes.toString(encoding);
    if (lines) return toLines(text, stripFinalNewline);
    return stripFinalNewline ? stripped(text) : text;
  }
  return bytes.toString(encoding, 0, stripFinalNewline ? withoutLineEnd(bytes) : bytes.length);
}

function toLines(text: string, strip: boolean): string[] {
  if (text === '') return [];
  if (!strip) return text.match(/[^\n]*\n|[^\n]+/g) ?? [];
  return stripped(text).split(/\r?\n/);
}

function stripped(text: string): string {
  if (!text.endsWith('\n')) return text;
  return text.slice(0, text.endsWith('\r\n') ? -2 : -1);
}

function withoutLineEnd(bytes: Buffer): number {
  const { length } = bytes;
  if (bytes[length - 1] !== 0x0a) return length;
  return bytes[length - 2] === 0x0d ? length - 2 : length - 1;
}
