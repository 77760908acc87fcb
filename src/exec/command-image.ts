import type { Credentials, Pin } from '../posix/addon.js';
import { CALLER_UID } from './caller.js';
import { type Environment, withVariables } from './environment.js';
import { type GivenLimit, givenLimits } from './given-environment.js';
import type { Identity } from './identity.js';
import type { CommandPlan } from './plan.js';

/**
 * A plan's command as the addon starts it. Nothing is optional here: whoever carries a plan out
 * starts from `commandImage`, and a part that is forgotten does not compile.
 */
export interface CommandImage {
  readonly file: string;
  readonly argv: readonly string[];
  readonly environment: Environment;
  /** Undefined: this process's own, see `identityOf`. */
  readonly credentials: Credentials | undefined;
  readonly pinned: readonly Pin[];
  /** Soft RLIMIT_NOFILE. */
  readonly softNofile: number;
  /** Limits that this process does not have itself: `givenLimits()`. */
  readonly limits: readonly GivenLimit[];
}

/** What the process that carries the plan out adds to it. */
export interface Surroundings {
  /** Its environment, cleaned for the identity: see `cleanEnvironment`. */
  readonly clean: Environment;
  readonly softNofile: number;
}

/**
 * The one way from a plan to a process, for the one-shot command and the daemon alike.
 *
 * @param identity that of the plan's user
 * @param asker who asked for it: not who started this process, which may serve others
 */
export function commandImage(
  { file, argv, environment, pinned }: CommandPlan,
  { credentials }: Identity,
  asker: { readonly uid: number },
  { clean, softNofile }: Surroundings,
): CommandImage {
  return {
    file,
    argv,
    environment: withVariables(clean, { ...environment, [CALLER_UID]: String(asker.uid) }),
    credentials,
    pinned,
    softNofile,
    limits: givenLimits(),
  };
}
