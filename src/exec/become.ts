import { posix } from '../posix/addon.js';
import { commandEnvironment, givenEnvironment } from './environment.js';
import type { Identity } from './identity.js';
import type { CommandPlan } from './plan.js';

/**
 * Replaces this process by the plan's command.
 *
 * @param identity who to run it as: that of the plan's user
 * @param softNofile most open files the command may have (soft RLIMIT_NOFILE)
 * @throws PosixError; returns in no other way
 */
export function become(plan: CommandPlan, identity: Identity, softNofile: number): never {
  const { home, credentials } = identity;
  return posix.become({
    file: plan.file,
    argv: plan.argv,
    environment: commandEnvironment(givenEnvironment(), plan.environment, home),
    softNofile,
    pinned: plan.pinned,
    ...(credentials && { credentials }),
  });
}
