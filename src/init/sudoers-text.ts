/** What the sudoers lines are about. Everything in it is known to need no escape in sudoers. */
export interface SudoersChoices {
  /** Absent when it is not known yet: then the lines are comments. */
  readonly user: string | undefined;
  /** Absolute path of what is called for one command: `tsrootwrap`, or a link to it. */
  readonly program: string;
  /** Whether the service may call the daemon, which is `program` with `-daemon` behind. */
  readonly daemon: 'no' | 'here' | 'here and through ssh';
  /** The service calls `sudo NAME`, without a path: sudo has to find `program`, and nothing before it. */
  readonly isFoundByName: boolean;
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
export function sudoersText(choices: SudoersChoices): string {
  const { user, program, daemon, isFoundByName, config } = choices;
  const comment = user === undefined ? '#' : '';
  const start = `${comment}${user ?? ANY_USER} ALL=(root) NOPASSWD:`;
  const programs = daemon === 'no' ? [program] : [program, `${program}-daemon`];
  return `${[
    `# ${user ?? 'A service'} may run what ${config} allows, and nothing else.`,
    ...(user === undefined
      ? [`# Put the service's user in place of ${ANY_USER}, and take the # away.`]
      : []),
    '',
    ...(isFoundByName
      ? [
          '# Where sudo looks for what the service calls by its name alone.',
          `${comment}Defaults:${user ?? ANY_USER} secure_path="${pathWith(program)}"`,
        ]
      : []),
    ...programs.map(
      (program) => `Defaults!${program} env_reset, !setenv, secure_path="${SECURE_PATH}"`,
    ),
    '',
    '# One command. The * stands for the words that the filters judge.',
    `${start} ${program} ${config} *`,
    ...(daemon === 'no'
      ? []
      : [`# The daemon${daemon === 'here' ? '' : ', and the daemon through ssh'}. No * here.`]),
    ...(daemon === 'no' ? [] : [`${start} ${program}-daemon ${config}`]),
    ...(daemon === 'here and through ssh' ? [`${start} ${program}-daemon --stdio ${config}`] : []),
  ].join('\n')}\n`;
}

/** The usual search path, with the directory of a program first. */
function pathWith(program: string): string {
  const directory = program.slice(0, program.lastIndexOf('/'));
  const others = SECURE_PATH.split(':').filter((place) => place !== directory);
  return [directory, ...others].join(':');
}
