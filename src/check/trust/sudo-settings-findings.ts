import type { Finding } from '../finding.js';
import type { TrustRuleId } from './rules.js';
import type { SudoCommand } from './sudo-command.js';
import type { SudoEntry, SudoList } from './sudo-list.js';
import { isEarly, type SudoSettings, settingsFor } from './sudo-settings.js';

/** A finding that lacks its place. */
export type Said = Pick<Finding, 'severity' | 'problem' | 'gets' | 'instead'> & {
  readonly rule: TrustRuleId;
};

/** What is wrong with sudo's options for a command that it allows. */
export function settingsFindings(
  list: SudoList,
  entry: SudoEntry,
  { text, program }: SudoCommand,
): readonly Said[] {
  const settings = settingsFor(list, entry, program);
  const found: Said[] = [];
  const environment = environmentFinding(settings, text, program);
  if (environment !== undefined) found.push(environment);
  if (settings.securePath === undefined) {
    found.push({
      rule: 'sudoers-path',
      severity: 'low',
      problem: `there is no secure_path for \`${program}\``,
      instead: `write Defaults!${program} secure_path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"`,
    });
  }
  if (settings.authenticate) {
    found.push({
      rule: 'sudoers-password',
      severity: 'low',
      problem: `\`${text}\` asks for a password, which a service cannot give`,
      instead: 'write NOPASSWD: in front of the command',
    });
  }
  return found;
}

/** The worst way in which the caller's variables pass. */
function environmentFinding(
  { setenv, envKeep, envReset }: SudoSettings,
  text: string,
  program: string,
): Said | undefined {
  const rule = 'sudoers-environment';
  const gets = 'loads code of its own into the shell or into node, as root';
  const early = envKeep.filter(isEarly).join(', ');
  if (setenv) {
    return {
      rule,
      severity: 'high',
      problem: `\`${text}\` has SETENV: the caller sets any variable`,
      gets,
      instead: 'write NOSETENV: in front of the command, or take SETENV and setenv away',
    };
  }
  if (early !== '') {
    return {
      rule,
      severity: 'high',
      problem: `env_keep lets ${early} through to \`${program}\``,
      gets,
      instead: `take ${early} out of env_keep`,
    };
  }
  if (envReset) return undefined;
  return {
    rule,
    severity: 'medium',
    problem: `env_reset is off for \`${program}\`: most of the caller's variables pass`,
    gets: 'steers programs by variables that nobody thought of',
    instead: `write Defaults!${program} env_reset`,
  };
}
