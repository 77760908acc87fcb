import type { PolicySource } from '../../policy/policy-source.js';
import { posix } from '../../posix/addon.js';
import type { Finding } from '../finding.js';
import { checkDaemonKeys } from './daemon-keys.js';
import { Ground } from './ground.js';
import { checkInstallation, INSTALLATION, type Installation } from './installation.js';
import { checkModuleFiles } from './module-files.js';
import { checkPolicyFiles } from './policy-files.js';
import { groupsOf } from './principals.js';
import { checkPrograms } from './programs.js';
import { askSudo, type SudoAnswer } from './sudo-list.js';
import { checkSudoers } from './sudoers.js';

/** What is looked at besides the policy. */
export interface TrustOptions {
  /** Who calls: the sudoers lines for that user are judged, and its groups count. */
  readonly user?: string;
  /** The directory of the privileged modules, where these are judged. */
  readonly modules?: string;
  /** Unless given, what is installed where npm installs for all, else this package. */
  readonly installation?: Installation;
  /** Unless given, sudo itself is asked. */
  readonly askSudo?: (user: string) => SudoAnswer;
}

/**
 * Who besides root could change what root runs by a policy: its files, the programs that its filters
 * name, tsrootwrap and node, and all directories above these; and what sudo lets the caller do. It
 * reads, and changes nothing. Each place is told of once.
 *
 * The rules are those of TRUST_RULES. Only what belongs to root is trusted, whoever runs the check: a
 * policy in a working copy has findings all over.
 */
export function checkTrust(source: PolicySource, options: TrustOptions = {}): Finding[] {
  const { user, modules, installation = INSTALLATION } = options;
  const ground = new Ground(user === undefined ? undefined : groupsOf(user));
  checkPolicyFiles(source, ground);
  checkPrograms(source, ground);
  if (modules !== undefined) checkModuleFiles(modules, ground);
  if (source.config === undefined) return ground.findings;
  const called = user === undefined ? [] : checkCaller(user, source, options, ground);
  const { launchers, nodeDirectories } = installation;
  checkInstallation({ launchers: [...called, ...launchers], nodeDirectories }, ground);
  checkDaemonKeys(source.config, ground);
  return ground.findings;
}

/** @returns the launchers that sudo lets the caller run; root needs no sudo */
function checkCaller(
  user: string,
  source: PolicySource,
  options: TrustOptions,
  ground: Ground,
): readonly string[] {
  if (posix.lookupUser(user)?.uid === 0) return [];
  const answer = (options.askSudo ?? askSudo)(user);
  return checkSudoers(answer, { user, config: source.path, source }, ground);
}
