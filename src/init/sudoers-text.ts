/** What the sudoers lines are about. Everything in it is known to need no escape in sudoers. */
export interface SudoersChoices {
  /** Absent when it is not known yet: then the lines are comments. */
  readonly user: string | undefined;
  /** Absolute paths of `tsrootwrap`, then of links to it; the daemon of each has `-daemon` behind. */
  readonly launchers: readonly [string, ...string[]];
  /** Absolute path of rootwrap.conf. */
  readonly config: string;
}

/** Stands for the service's user where that is not known. */
export const ANY_USER = 'svc';

/** As Debian's sudo has it compiled in. */
const SECURE_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * A file for /etc/sudoers.d: one service's user may run tsrootwrap as root, with one configuration.
 * The configuration stands in each line, since a caller that may name another chooses its filters.
 */
export function sudoersText({ user, launchers, config }: SudoersChoices): string {
  const start = `${user === undefined ? '#' : ''}${user ?? ANY_USER} ALL=(root) NOPASSWD:`;
  const programs = launchers.flatMap((launcher) => [launcher, `${launcher}-daemon`]);
  return `${[
    `# ${user ?? 'A service'} may run what ${config} allows, and nothing else.`,
    ...(user === undefined
      ? [`# Put the service's user in place of ${ANY_USER}, and take the # away.`]
      : []),
    '',
    ...programs.map(
      (program) => `Defaults!${program} env_reset, !setenv, secure_path="${SECURE_PATH}"`,
    ),
    '',
    '# One command. The * stands for the words that the filters judge.',
    ...launchers.map((launcher) => `${start} ${launcher} ${config} *`),
    '# The daemon, and the daemon through ssh. No * here.',
    ...launchers.map((launcher) => `${start} ${launcher}-daemon ${config}`),
    `${start} ${launchers[0]}-daemon --stdio ${config}`,
  ].join('\n')}\n`;
}
