import { escapedPattern } from '../policy/pattern/literal.js';

/** One narrow filter that harms nobody, and more to take as examples. */
const FIRST_FILTERS = `# Each line lets the service run one kind of command as one user: \`name: Class, ...\`.
# What no line allows is refused. rootwrap.conf(5) explains the classes.
#
#     tsrootwrapctl explain CONFIG -- COMMAND ARG...    says which line allows a command
#     tsrootwrapctl check CONFIG                        says which lines give away too much

[Filters]
# One pattern for each word, and each must match all of its word: exactly \`uname -r\`.
kernel: RegExpFilter, uname, root, uname, -r

# Restart the units app-worker@1.service, app-worker@2.service and so on, and no other.
#restart: RegExpFilter, systemctl, root, systemctl, restart, app-worker@[0-9]+\\.service

# One file, by \`cat\`.
#token: ReadFileFilter, /etc/app/token

# A file in one directory or below it; links and \`..\` are followed before that is judged.
#own_log: PathFilter, chown, root, svc, /var/log/app

# Send SIGHUP to processes that run one program, and to no others.
#reload: KillFilter, root, /usr/sbin/dnsmasq, -HUP

# Any arguments at all. For most programs that is as good as root: try a RegExpFilter first.
#lsblk: CommandFilter, lsblk, root
`;

const HELPERS = `
# The helpers of privileged functions. All words are fixed: who may choose another --config starts
# whatever any file of root's names.
`;

/** A first filter file. */
export function filtersText(helperFilters: readonly string[]): string {
  if (helperFilters.length === 0) return FIRST_FILTERS;
  return `${FIRST_FILTERS}${HELPERS}${helperFilters.map((line) => `${line}\n`).join('')}`;
}

/**
 * A filter for each context that lets a caller start its helper, and with these very words only.
 *
 * @param launcher path of `tsrootwrap`; what starts helpers lies beside it
 * @param config path of rootwrap.conf, plain, as the service will say it
 */
export function helperFilterLines(
  contexts: readonly string[],
  launcher: string,
  config: string,
): readonly string[] {
  const pattern = escapedPattern(config);
  return contexts.map(
    (name) =>
      `${name}-helper: RegExpFilter, ${launcher}-privileged, root, tsrootwrap-privileged, --config, ${pattern}, --context, ${name}`,
  );
}
