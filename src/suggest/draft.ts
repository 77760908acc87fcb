import type { ObservedCommand } from './observed-command.js';

/** A line of a filter file, before it has a name. */
export interface Draft {
  readonly className: string;
  /** What follows the class. */
  readonly definition: readonly string[];
  /** Words to make a name of. */
  readonly naming: readonly string[];
  readonly user: string;
  /** As the filter has it. */
  readonly program: string;
  /** What it was written for. */
  readonly commands: readonly ObservedCommand[];
  /** What whoever reads it should know, each a sentence without a full stop. */
  readonly notes: readonly string[];
  /** Narrower lines for the same commands; none where there is no narrower one. */
  readonly narrower?: () => readonly Draft[];
}

/** Commands for which no line was written. */
export interface Declined {
  readonly commands: readonly ObservedCommand[];
  /** Completes a sentence: no capital, no full stop. */
  readonly reason: string;
  /** The line that was not taken. */
  readonly draft?: Draft;
}

export interface Drafts {
  readonly drafts: readonly Draft[];
  readonly declined: readonly Declined[];
}

/** Whether a filter can name it: no comma, no blanks, nothing that a file would read otherwise. */
export function isPlain(text: string): boolean {
  return /^[A-Za-z0-9/_.-][A-Za-z0-9/_.+@:=~%-]*$/.test(text);
}
