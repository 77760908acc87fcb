import type { ContextDeclaration } from './declaration.js';

/** What a helper's process has to hold: each of its threads these, and no more. */
export interface Holdings {
  readonly uid: number;
  readonly gid: number;
  /** Supplementary groups, ascending. */
  readonly groups: readonly number[];
  /** Numbers of capabilities, ascending: permitted, effective, inheritable, bounding and ambient. */
  readonly capabilities: readonly number[];
  readonly umask: number;
}

/** What a helper is told by what starts it, as JSON in its last argument. */
export interface Assignment {
  /** The directory of the modules, canonical. */
  readonly directory: string;
  /** With what the operator says instead in rootwrap.conf. */
  readonly declaration: ContextDeclaration;
  readonly holds: Holdings;
  /** Whether errors carry their stacks to the service. */
  readonly debug: boolean;
}
