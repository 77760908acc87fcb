import type { Pin } from '../posix/addon.js';

/**
 * What a decision allows, and all that later stages may read. Nothing after the decision sees the
 * caller's words again: what was checked is what runs.
 */
export type Plan = CommandPlan | SignalPlan;

/** Run one program. */
export interface CommandPlan {
  readonly kind: 'command';
  /** Absolute path of the program. */
  readonly file: string;
  /** The exact argument vector; its first word is `file`. */
  readonly argv: readonly string[];
  /** Variables set on top of the caller's environment, after that has been cleaned. */
  readonly environment: Readonly<Record<string, string>>;
  /** Name of the user to run as. */
  readonly user: string;
  /**
   * Canonical paths in `argv` that somebody else could still exchange for a symbolic link. Each is
   * opened without following links just before the program starts, and the program, one that is
   * known to work on that (see `policy/pin-programs.ts`), is given the object instead of the name.
   */
  readonly pinned: readonly Pin[];
}

/** Send one signal to one process, which is held by descriptor while it is checked again. */
export interface SignalPlan {
  readonly kind: 'signal';
  /** The command this stands for (`/bin/kill -9 123`), for logs and explanations. */
  readonly argv: readonly string[];
  readonly pid: number;
  /** Signal number. */
  readonly signal: number;
  /** The program that the process must still be running when the signal is sent. */
  readonly program: string;
  /** Name of the user to send it as. */
  readonly user: string;
}
