import { escapedPattern } from '../../policy/pattern/literal.js';
import { parse } from '../../policy/pattern/parse.js';
import { Nfa } from '../language/nfa.js';

/**
 * How a word reaches what it is after. `plain`: it names it. `climbs`: it starts where it should,
 * and leaves by `..`. `own`: it names something in a directory where everybody may put things, or
 * in the caller's working directory, which the caller chooses. Against `own` no fixed word helps.
 * `by-name`: a program that is found by its name, whichever that is.
 */
export type Way = 'plain' | 'climbs' | 'own' | 'by-name';

/** One language of words that serve an attack. */
export interface AttackWord {
  readonly way: Way;
  /** The usual one. */
  readonly sample: string;
  readonly graph: Nfa;
}

type Placeholder = 'secret' | 'target' | 'victim' | 'planted' | 'program' | 'shell' | 'word';

/** A name in a path that is no `..` and no option. */
const NAME = '[^/.-][^/]*';
/**
 * From the caller's working directory. A mere number is hardly meant for a file,
 * nor is one with a unit (`10G`), and what has a colon or an equals sign in front is an owner, an address or an assignment.
 */
const RELATIVE =
  '(?:\\.\\.?/)*(?:[0-9.]*\\.)?[^/.:=0-9-][^/:=]*(?:/[^/]+)*|' +
  '(?:\\.\\.?/)*[0-9.]+[^/.:=0-9-](?:[^/:=]{3,}|[^/:=]*(?:/[^/]+)+)';
const PUBLIC = '/tmp|/var/tmp|/dev/shm';
const MOST_DEPTH = 8;
/** Any way into a directory and out of it again, to the root. */
const CLIMB = Array.from({ length: MOST_DEPTH }).reduce<string>(
  (inner) => `/${NAME}${inner === '' ? '' : `(?:${inner})?`}/\\.\\.`,
  '',
);

/** The parts of a system that decide who is root, as patterns: what is written there, or taken away. */
const SYSTEM = [
  '/etc/(?:passwd|shadow|group|gshadow|sudoers|crontab|fstab|inittab|profile|environment|hosts)',
  '/etc/(?:ld\\.so\\.preload|ld\\.so\\.conf|bash\\.bashrc|nsswitch\\.conf|security/.+)',
  '/etc/(?:sudoers|cron|profile|ld\\.so\\.conf|pam|modprobe|init|rc[0-9]|logrotate|binfmt|tmpfiles)\\.d/.+',
  '/etc/(?:cron\\.(?:hourly|daily|weekly|monthly)|systemd|udev|ssh|apt|modules-load\\.d)/.+',
  '/(?:root|boot)/.+',
  '/(?:usr/(?:local/)?)?(?:s?bin|lib|lib32|lib64|libexec)/.+',
  '/var/spool/cron/.+',
  '/home/[^/]+/\\.(?:ssh/.+|bashrc|profile)',
  '/proc/sys/kernel/(?:core_pattern|modprobe|hotplug)',
  '/dev/(?:sd[a-z]|vd[a-z]|nvme[0-9]n[0-9]|k?mem)',
];
const SECRETS = [
  '/etc/(?:shadow|gshadow|sudoers)-?',
  '/etc/(?:sudoers\\.d|ssl/private)/.+',
  '/etc/ssh/.*key',
  '/root/.+',
  '/home/[^/]+/\\.(?:ssh|gnupg)/.+',
  '/proc/(?:[0-9]+|self)/(?:environ|mem)',
  '/proc/k(?:core|msg)',
  '/dev/(?:sd[a-z]|vd[a-z]|nvme[0-9]n[0-9]|k?mem)',
];
const DIRECTORIES = '/|/(?:etc|root|usr|var|bin|sbin|lib|boot|home|dev|opt|srv)/?(?:\\*)?';

/** What each kind of path may lead to, as patterns. */
const PLACES: Readonly<Record<'secret' | 'target' | 'victim', readonly string[]>> = {
  secret: SECRETS,
  target: SYSTEM,
  victim: [...SYSTEM, ...SECRETS, DIRECTORIES],
};

// biome-ignore format: lists read better
const SYSTEM_FILES = [
  '/etc/sudoers.d/x', '/etc/passwd', '/etc/shadow', '/etc/cron.d/x', '/root/.ssh/authorized_keys',
  '/etc/ld.so.preload', '/etc/ld.so.conf.d/x', '/etc/profile.d/x', '/etc/systemd/system/x',
  '/etc/security/x', '/etc/ssh/x', '/etc/apt/x', '/etc/cron.daily/x', '/etc/init.d/x', '/etc/logrotate.d/x',
  '/usr/local/bin/x', '/usr/local/sbin/x', '/usr/bin/x', '/usr/sbin/x', '/usr/lib/x', '/usr/libexec/x',
  '/usr/local/lib/x', '/bin/x', '/sbin/x', '/lib/x', '/lib64/x', '/boot/x', '/var/spool/cron/x',
  '/etc/udev/rules.d/x', '/etc/modprobe.d/x', '/etc/modules-load.d/x', '/etc/pam.d/x', '/home/x/.ssh/x',
  '/proc/sys/kernel/core_pattern', '/dev/sda',
];
// biome-ignore format: lists read better
const SECRET_FILES = [
  '/etc/shadow', '/etc/gshadow', '/etc/sudoers', '/etc/sudoers.d/x', '/root/.ssh/id_rsa',
  '/etc/ssh/ssh_host_rsa_key', '/etc/ssl/private/x', '/proc/1/environ', '/proc/kcore', '/home/x/.ssh/x', '/dev/sda',
];

/** Files of these places: what a directory that a filter names may hold. */
export const GOALS: Readonly<Record<'secret' | 'target' | 'victim', readonly string[]>> = {
  secret: SECRET_FILES,
  target: SYSTEM_FILES,
  victim: [...SYSTEM_FILES, ...SECRET_FILES],
};

/** What is said of one placeholder: languages as patterns, each with its usual word. */
type Languages = readonly (readonly [way: Way, sample: string, pattern: string])[];

const LANGUAGES: Readonly<Record<Placeholder, Languages>> = {
  secret: paths('/etc/shadow', PLACES.secret),
  target: paths('/etc/sudoers.d/x', PLACES.target),
  victim: paths('/etc/shadow', PLACES.victim),
  planted: [
    ['own', '/tmp/x', `(?:${PUBLIC})/${NAME}`],
    ['own', '/tmp/x', `(?:${PUBLIC})/${NAME}(?:/${NAME})+`],
    ['climbs', '/x/../tmp/x', `(?:${CLIMB})/tmp/x[a-z.]*`],
    ['climbs', '/x/../tmp/x', withDetours(`/(?:var/)?tmp/${NAME}`)],
    ['own', 'x', RELATIVE],
  ],
  program: [
    ['plain', 'sh', 'sh|bash|dash'],
    ['own', '/tmp/x', `(?:${PUBLIC})/${NAME}`],
    ['plain', '/bin/sh', '(?:/usr)?(?:/local)?/bin/(?:sh|bash|dash|env|python3)'],
    ['own', '/tmp/x', `(?:${PUBLIC})/${NAME}(?:/${NAME})+`],
    ['climbs', '/x/../bin/sh', `(?:${CLIMB})/(?:bin/sh|tmp/x[a-z.]*)`],
    [
      'climbs',
      '/x/../bin/sh',
      withDetours('/(?:usr/)?(?:local/)?bin/(?:sh|bash|dash|env|python3)'),
    ],
    ['own', './x', `\\.\\.?/.+|${NAME}(?:/[^/]+)+`],
    ['by-name', 'x', NAME],
  ],
  shell: [
    ['plain', 'id', '(?:sh|id|/tmp/x)(?: [^;]*)?'],
    ['plain', 'x; id', '.*[;&|\\n]\\s*(?:sh|id|/tmp/x)(?:\\s[^;]*)?'],
    ['plain', 'x $(id)', '.*(?:\\$\\((?:sh|id)\\)|`(?:sh|id)`).*'],
    ['plain', 'x > /etc/passwd', '.*>+\\s*/etc/passwd'],
  ],
  word: [['plain', 'x', '.+']],
};

function paths(usual: string, places: readonly string[]): Languages {
  return [
    ['plain', usual, places.join('|')],
    ['climbs', `/x/..${usual}`, `(?:${CLIMB})(?:${places.join('|')})`],
    ['climbs', `/x/..${usual}`, places.map(withDetours).join('|')],
    // a link that the attacker made; directly in /tmp most kernels follow none of another's
    ['own', '/tmp/x/x', `(?:${PUBLIC})/${NAME}(?:/${NAME})+`],
    ['climbs', '/x/../tmp/x/x', `(?:${CLIMB})/tmp/x/x[a-z.]*`],
    ['own', 'x', RELATIVE],
  ];
}

/** The same places, with ways down and up again between the names. */
function withDetours(place: string): string {
  const detour = `(?:${NAME}/\\.\\./|${NAME}/${NAME}/\\.\\./\\.\\./)?`;
  return place.replace(/\[[^\]]*\]|\//g, (part) => (part === '/' ? `/${detour}` : part));
}

const known = new Map<string, readonly AttackWord[]>();

/**
 * The languages of a word of the table, in the order in which they are worth trying.
 *
 * @param template text with at most one placeholder: `of={target}`
 */
export function attackWords(template: string): readonly AttackWord[] {
  const before = known.get(template);
  if (before !== undefined) return before;
  const made = makeWords(template);
  known.set(template, made);
  return made;
}

/** The placeholder of a template that counts, and the text around it. */
export function placeholderOf(
  template: string,
): { readonly before: string; readonly name: Placeholder; readonly after: string } | undefined {
  const all = [...template.matchAll(PLACEHOLDER)];
  const counts = all.findLast(([, name]) => name !== 'word') ?? all.at(-1);
  if (counts === undefined) return undefined;
  const [text, name] = counts;
  const before = template.slice(0, counts.index);
  return { before, name: name as Placeholder, after: template.slice(counts.index + text.length) };
}

const PLACEHOLDER = /\{(\w+)\}/g;

function makeWords(template: string): readonly AttackWord[] {
  const found = placeholderOf(template);
  if (found === undefined) {
    return [{ way: 'plain', sample: template, graph: graphOf(escapedPattern(template)) }];
  }
  const { before, name, after } = found;
  return LANGUAGES[name].map(([way, sample, pattern]) => ({
    way,
    sample: usual(before) + sample + usual(after),
    graph: graphOf(`${anyOf(before)}(?:${pattern})${anyOf(after)}`),
  }));
}

/** Text with the usual word in the place of each placeholder. */
function usual(template: string): string {
  return template.replace(PLACEHOLDER, (_, name: Placeholder) => LANGUAGES[name][0]?.[1] ?? '');
}

/** Text as a pattern, with all that each placeholder may be. */
function anyOf(template: string): string {
  return template
    .split(/(\{\w+\})/)
    .map((part) => {
      const name = /^\{(\w+)\}$/.exec(part)?.[1] as Placeholder | undefined;
      if (name === undefined) return escapedPattern(part);
      return `(?:${LANGUAGES[name].map(([, , pattern]) => pattern).join('|')})`;
    })
    .join('');
}

const graphs = new Map<string, Nfa>();

/** The graph of a pattern in Python's syntax, which must be right; kept. */
export function graphOf(pattern: string): Nfa {
  const before = graphs.get(pattern);
  if (before !== undefined) return before;
  const graph = Nfa.of(parse(pattern));
  graphs.set(pattern, graph);
  return graph;
}
