import type { Severity } from '../check/finding.js';
import type { FilterSource } from '../policy/filters/filter.js';

/** What became of a command: only the new policy takes it, only the old one, or it runs otherwise. */
export type Direction = 'allowed' | 'forbidden' | 'changed';

/** What one filter newly allows, what went with one, or what it now decides otherwise. */
export interface Difference {
  readonly direction: Direction;
  /** Base name of the program. */
  readonly program: string;
  /** The filter that takes the examples: of the new policy, or of the old one if they are forbidden. */
  readonly filter: FilterSource;
  readonly user: string;
  /** What the filter takes, beside what the other policy has for this program. */
  readonly words: string;
  /** The worst that check finds about the filter; never for what is forbidden. */
  readonly severity?: Severity;
  /** An example is an attack: what is new is not harmless. */
  readonly attack: boolean;
  /** Commands on which the two policies decide differently. */
  readonly examples: readonly (readonly string[])[];
  /** They do so only where these programs are not installed. */
  readonly missing: readonly string[];
}

/** A line that only one side has, and that makes no difference as far as examples show. */
export interface Unproven {
  readonly side: 'old' | 'new';
  readonly program: string;
  readonly filter: FilterSource;
  readonly words: string;
}

export interface PolicyDifference {
  readonly differences: readonly Difference[];
  readonly unproven: readonly Unproven[];
}
