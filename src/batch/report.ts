import { constants } from 'node:os';
import type { Plan } from '../exec/plan.js';

/** What became of a line: one report for each that is neither empty nor a comment. */
export interface LineReport {
  /** Counted from 1. */
  readonly line: number;
  readonly outcome: Outcome;
  /** The words; absent when the line is unreadable, which has its text. */
  readonly command?: readonly string[];
  readonly text?: string;
  /** Why it did not run, or not to its end. */
  readonly reason?: string;
  /** What would run; only when nothing is to run. */
  readonly plan?: Plan;
  /** As whom it runs by the policy that let it into the batch; the plan has it too. */
  readonly user?: string;
  /** Only when it ran. */
  readonly run?: Run;
}

export type Outcome =
  /** To its end; that may be a failure. */
  | 'ran'
  /** The policy allows it, and nothing was to run. */
  | 'allowed'
  | 'denied'
  | 'not-executable'
  | 'unreadable'
  /** Allowed, but the system or the daemon would not start it. */
  | 'not-started'
  /** The daemon went away while it had the command, which may have run or not. */
  | 'lost'
  /** The batch ended before its turn. */
  | 'not-run';

/** How a command ended. */
export interface Run {
  readonly exitCode?: number;
  /** Name of the signal that killed it. */
  readonly signal?: string;
  /** It was ended since the batch was. */
  readonly interrupted: boolean;
  /** It was ended since it wrote more than the daemon collects. */
  readonly truncated: boolean;
  /** Another process had its output still open when it ended, so some may be missing. */
  readonly heldOpen: boolean;
  readonly start: Date;
  readonly seconds: number;
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
}

const STATUS: Readonly<Record<Exclude<Outcome, 'ran'>, number>> = {
  allowed: 0,
  denied: 99,
  'not-executable': 96,
  unreadable: 2,
  'not-started': 126,
  lost: 126,
  'not-run': 0, // something else is the reason, and counts
};

/** The exit status that stands for a line: its command's own, as a shell would give it. */
export function statusOfLine({ outcome, run }: LineReport): number {
  if (outcome !== 'ran') return STATUS[outcome];
  if (run === undefined) return 0;
  const { exitCode, signal, truncated } = run;
  if (signal !== undefined) return statusOfSignal(signal);
  return exitCode === 0 && truncated ? 1 : (exitCode ?? 1);
}

export function statusOfSignal(name: string): number {
  return 128 + ((constants.signals as Record<string, number>)[name] ?? 0);
}
