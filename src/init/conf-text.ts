import { basename, dirname } from 'node:path';
import { stringify } from 'ini';
import { parseRootwrapConf } from '../config/rootwrap-conf.js';

/** What a first rootwrap.conf says. */
export interface ConfChoices {
  /** Absolute, without commas and blanks. */
  readonly filtersPath: readonly string[];
  /** For a service that moves over from oslo.rootwrap: what its own file said. */
  readonly openstack: boolean;
  /** The directory of privileged modules, absolute and plain; undefined: there are none. */
  readonly modules: string | undefined;
}

interface Setting {
  readonly key: string;
  readonly value: string;
  readonly comment: readonly string[];
}

const HEAD = [
  '# What tsrootwrap may run, and how. This file must belong to root, and nobody else may be able',
  '# to write to it or to a directory above it. docs/configuration.md explains each key.',
];

/** The order of OpenStack's own files: what its filters found there, they find here. */
const OPENSTACK_EXEC_DIRS = '/sbin,/usr/sbin,/bin,/usr/bin,/usr/local/bin,/usr/local/sbin';

/**
 * The text of a rootwrap.conf with a comment for each key.
 *
 * @param file where it will lie
 * @throws {Error} when it would not be read back as it was meant
 */
export function confText(choices: ConfChoices, file: string): string {
  const settings = settingsOf(choices);
  const values = Object.fromEntries(settings.map(({ key, value }) => [key, value]));
  const comments = new Map(settings.map(({ key, comment }) => [key, comment]));
  const lines = stringify({ DEFAULT: values }, { whitespace: true }).trimEnd().split('\n');
  const body = lines.flatMap((line) => [...commentFor(line, comments), line]);
  const text = [...HEAD, '', ...body, ...tail(file), ''];
  return checked(text.join('\n'), choices, file);
}

/** A key that is to be set for a while only. */
function tail(file: string): string[] {
  return [
    '',
    '# Keep each decision in this file, from which `tsrootwrapctl suggest` writes filters. For a trial.',
    `#observe = /var/log/${basename(dirname(file))}-decisions`,
  ];
}

function commentFor(line: string, comments: ReadonlyMap<string, readonly string[]>): string[] {
  const comment = comments.get(line.split(' = ')[0] ?? '') ?? [];
  return comment.length === 0 ? [] : ['', ...comment.map((text) => `# ${text}`)];
}

function settingsOf({ filtersPath, openstack, modules }: ConfChoices): readonly Setting[] {
  const setting = (key: string, value: string, ...comment: string[]): Setting => ({
    key,
    value,
    comment,
  });
  return [
    setting(
      'filters_path',
      filtersPath.join(','),
      'Directories with filter files, without blanks around the commas. Root alone may write there.',
    ),
    setting(
      'exec_dirs',
      openstack ? OPENSTACK_EXEC_DIRS : '/usr/sbin,/usr/bin,/sbin,/bin',
      'Where a program is looked for that a filter names without a path; the first one counts.',
    ),
    setting(
      'use_syslog',
      openstack ? 'false' : 'true',
      'Log to syslog: refusals at ERROR, each command that runs at INFO.',
    ),
    setting('syslog_log_facility', openstack ? 'syslog' : 'auth'),
    setting('syslog_log_level', openstack ? 'ERROR' : 'INFO'),
    setting(
      'rlimit_nofile',
      '1024',
      "Most open files of a command; lowers the caller's limit, never raises it.",
    ),
    setting(
      'daemon_timeout',
      '600',
      'Seconds without a request after which tsrootwrap-daemon ends.',
    ),
    setting(
      'privsep_helper',
      String(openstack),
      'Whether `privsep-helper` is allowed with any arguments, which is as good as root.',
      openstack
        ? 'oslo.rootwrap always allows it. Say false if the service does not use oslo.privsep.'
        : 'Only services that use oslo.privsep need it.',
    ),
    ...(modules === undefined
      ? []
      : [
          setting(
            'privileged_modules',
            modules,
            'Where the modules of privileged functions are. Root alone may write there.',
          ),
        ]),
  ];
}

/** ini quotes what its own dialect needs, which Python's takes for part of the value. */
function checked(text: string, choices: ConfChoices, file: string): string {
  const { filtersPath, openstack, modules } = choices;
  const read = parseRootwrapConf(text, file);
  const same =
    JSON.stringify(read.filtersPath) === JSON.stringify(filtersPath) &&
    read.privsepHelper === openstack &&
    read.privilegedModules === modules &&
    read.warnings.length === 0;
  if (!same) throw new Error(`${file} would not say what is meant:\n${text}`);
  return text;
}
