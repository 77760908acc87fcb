/** A kind of finding about the trust chain, for lists of rules. */
export interface TrustRule {
  /** A few words. */
  readonly title: string;
  /** Why it matters, and what to do: one or two sentences. */
  readonly help: string;
}

/** Each kind of finding that `checkTrust` makes, under its name. */
export const TRUST_RULES = {
  'trust-owner': {
    title: 'A file that root runs or obeys does not belong to root',
    help: 'Its owner can change it at any time. Give it to root after checking what it says.',
  },
  'trust-mode': {
    title: 'A file that root runs or obeys can be written by others',
    help: 'Take the write permission away from group and others after checking what it says.',
  },
  'trust-directory': {
    title: 'Others can exchange what is in a directory on the way',
    help: "Who may write to a directory may rename and replace what is in it, whoever owns that. All directories above the configuration, the filters and the programs must be root's alone.",
  },
  'trust-link': {
    title: 'A symbolic link that others control is on the way',
    help: 'Its owner chooses where it leads. Name the file itself, or make the link as root.',
  },
  'trust-unknown': {
    title: 'A file could not be looked at',
    help: 'Nothing is known about it. Run the check as root.',
  },
  'trust-interpreter': {
    title: 'A script names its interpreter by a relative path',
    help: 'The system looks for it in the working directory, which the caller chooses. Write the full path behind #!.',
  },
  'trust-exec-dirs': {
    title: 'exec_dirs is missing',
    help: 'Programs are then looked for in the PATH of whoever calls. With exec_dirs a filter means the same for everybody.',
  },
  'trust-node': {
    title: 'There is no node where the launcher looks for it',
    help: 'The launcher takes node from its own directory, /usr/local/bin or /usr/bin, never from PATH. Without it nothing runs.',
  },
  'trust-package': {
    title: 'Files of tsrootwrap can be changed by others',
    help: "Install the packed archive as root, with npm's --prefix /usr/local.",
  },
  'trust-daemon': {
    title: "Others can exchange the directory of the daemon's sockets",
    help: 'The daemon refuses such a directory and does not start.',
  },
  'trust-observe': {
    title: "The file of decisions is not root's alone",
    help: 'Filters are written from it. It must lie where only root can exchange it, with mode 0600.',
  },
  'observe-on': {
    title: 'Decisions are being kept in a file',
    help: 'It holds the words of every command, and whoever may call can fill it. Take the key out when the filters are written.',
  },
  'daemon-limit': {
    title: 'A limit of the daemon is so large that it is none',
    help: 'Limits keep one client from taking the memory or the processes of the machine.',
  },
  'daemon-explains': {
    title: 'Refused callers are told what the filters say',
    help: 'It helps while filters are written. Turn it off afterwards.',
  },
  'sudoers-none': {
    title: 'No sudoers line lets the user call this policy',
    help: 'Write the line with the full paths of tsrootwrap and of the configuration.',
  },
  'sudoers-all': {
    title: 'sudo lets the user run anything as root',
    help: 'No filter is asked. Take the line away.',
  },
  'sudoers-any-config': {
    title: 'sudo lets the caller choose the configuration',
    help: "A sudoers line without the full path of the configuration, or with a wildcard in it, lets the caller name another one: an old version, another service's. A * in sudoers matches blanks and slashes too.",
  },
  'sudoers-pattern': {
    title: 'sudo lets the user run programs by a pattern',
    help: 'A wildcard or a directory in place of a program allows more programs than are meant. Write the full path of tsrootwrap.',
  },
  'sudoers-environment': {
    title: "sudo lets the caller's variables through",
    help: 'LD_PRELOAD and its like act before the first line of tsrootwrap. Keep env_reset, leave SETENV out, and keep no variables that a program might load code from.',
  },
  'sudoers-path': {
    title: 'sudo has no secure_path',
    help: "Set secure_path, so that nothing is looked for in the caller's PATH.",
  },
  'inner-program': {
    title: 'Behind a prefix another program runs',
    help: 'Behind `ip netns exec` and other prefixes a program is looked for in exec_dirs in the order of PATH, which is secure_path under sudo. Put exec_dirs into that order, name the program by its path in the filter, or write inner_exec_dirs.',
  },
  'sudoers-runas': {
    title: 'sudo lets the user choose whom to run tsrootwrap as',
    help: 'Write (root). As another user tsrootwrap does not look at owners, and filters for root run their commands as that user.',
  },
  'sudoers-words': {
    title: 'A sudoers line for the daemon takes more words than it should',
    help: 'The daemon takes nothing behind the configuration. End the line there.',
  },
  'sudoers-password': {
    title: 'sudo asks for a password',
    help: 'A service cannot answer. Write NOPASSWD: if a service calls.',
  },
  'sudoers-ctl': {
    title: 'sudo lets the user run tsrootwrapctl',
    help: 'It writes files where it is told to, and is meant for administrators.',
  },
  'sudoers-program': {
    title: 'A sudoers line names a program that is not there',
    help: 'Whoever can make it decides what it does; and nothing runs.',
  },
  'sudoers-unknown': {
    title: 'sudo could not be asked',
    help: 'Run the check as root, on the machine that the policy is for.',
  },
} as const satisfies Readonly<Record<string, TrustRule>>;

export type TrustRuleId = keyof typeof TRUST_RULES;
