import type { Plan } from '../exec/plan.js';
import type { FilterSource } from './filters/filter.js';

/** What the policy says to a command. Only `Allowed` holds something that can be run. */
export type Decision = Allowed | NotExecutable | Denied;

export interface Allowed {
  readonly outcome: 'allowed';
  readonly filter: FilterSource;
  readonly plan: Plan;
  /** Filters before it that were asked and said no. */
  readonly misses: readonly Miss[];
}

/** Filters matched, but none of their executables is there. */
export interface NotExecutable {
  readonly outcome: 'not-executable';
  /** The first that matched. */
  readonly filter: FilterSource;
  /** Its executable as the filter has it. */
  readonly exec: string;
  readonly misses: readonly Miss[];
}

export interface Denied {
  readonly outcome: 'denied';
  readonly misses: readonly Miss[];
  /** What to tell the caller and the log, where it is more than that no filter matched. */
  readonly why?: string;
}

/** A filter that was asked about a command and did not take it. */
export interface Miss {
  readonly filter: FilterSource;
  readonly reason: string;
  /** The word that it fell on, where one did. */
  readonly word?: string;
}
