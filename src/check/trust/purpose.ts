import type { Severity } from '../finding.js';
import type { TrustRuleId } from './rules.js';

/** What a file is to root, and what it means when others can change it. */
export interface Purpose {
  readonly severity: Severity;
  /** As in 'on the way to ...'. */
  readonly what: string;
  /** Completes 'an attacker ...'. */
  readonly gets?: string;
  /** The rule for all findings of this kind; unless given it goes by what is wrong. */
  readonly rule?: TrustRuleId;
  /** A user besides root who may change it: the one that it runs as. */
  readonly alsoOwner?: number;
  /** What comes of it, told behind what is wrong. */
  readonly so?: string;
  /** Any group that can write is as bad, also root's own. */
  readonly strict?: boolean;
}
