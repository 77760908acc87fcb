/** How bad a finding is, worst first. */
export const SEVERITIES = ['high', 'medium', 'low'] as const;

/**
 * `high`: whoever may call the engine gets root, or what is as good; or nothing runs at all.
 * `medium`: a part of that, damage to others, or a rule that does not do what it says.
 * `low`: more than is needed, or what only a person can judge.
 */
export type Severity = (typeof SEVERITIES)[number];

/** Something about a policy that its keeper should know. */
export interface Finding {
  /** A key of RULES: the kind of finding, the same from version to version. */
  readonly rule: string;
  readonly severity: Severity;
  /** The file to change, or the file, directory or program whose state is wrong. */
  readonly file: string;
  /** Counted from 1; 0 for the file as a whole. */
  readonly line: number;
  /** Name of the filter, the privileged function or the context, where it is about one. */
  readonly filter?: string;
  /** What is wrong: a sentence without a full stop. */
  readonly problem: string;
  /** What an attacker gets from it: completes 'an attacker ...'. */
  readonly gets?: string;
  /** What shows it: a command that the engine allows, or a word that an argument takes. */
  readonly example?: readonly string[];
  /** What to do: a line for the filter file where `isLine`, else a sentence without a full stop. */
  readonly instead?: string;
  /** Whether `instead` is a line (or lines) to be pasted. */
  readonly isLine?: boolean;
}

/** Whether a severity is at least as bad as another. */
export function atLeast(severity: Severity, level: Severity): boolean {
  return SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(level);
}
