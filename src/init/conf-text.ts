import { basename, dirname } from 'node:path';
import { stringify } from 'ini';
import { parseRootwrapConf } from '../config/rootwrap-conf.js';
import type { OpenstackService } from './openstack.js';

/** What a first rootwrap.conf says. */
export interface ConfChoices {
  /** Absolute, without commas and blanks. */
  readonly filtersPath: readonly string[];
  /** A service that moves over from oslo.rootwrap. */
  readonly openstack: OpenstackService | undefined;
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
  '# to write to it or to a directory above it. rootwrap.conf(5) explains each key.',
];

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
  const isOpenstack = openstack !== undefined;
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
      openstack?.execDirs.join(',') ?? '/usr/sbin,/usr/bin,/sbin,/bin',
      'Where a program is looked for that a filter names without a path; the first one counts.',
    ),
    setting(
      'use_syslog',
      isOpenstack ? 'false' : 'true',
      'Log to syslog: refusals at ERROR, each command that runs at INFO.',
    ),
    setting('syslog_log_facility', isOpenstack ? 'syslog' : 'auth'),
    setting('syslog_log_level', isOpenstack ? 'ERROR' : 'INFO'),
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
      String(isOpenstack),
      'Whether `privsep-helper` is allowed with any arguments, which is as good as root.',
      isOpenstack
        ? 'oslo.rootwrap always allows it. Say false if the service does not use oslo.privsep.'
        : 'Only services that use oslo.privsep need it.',
    ),
    ...(isOpenstack
      ? [
          setting(
            'signal_exit_code',
            'true',
            'Exit with 128+N when signal N ended the command, as oslo.rootwrap does: services count on it.',
          ),
        ]
      : []),
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
    read.privsepHelper === (openstack !== undefined) &&
    read.signalExitCode === (openstack !== undefined) &&
    (openstack === undefined ||
      JSON.stringify(read.execDirs) === JSON.stringify(openstack.execDirs)) &&
    read.privilegedModules === modules &&
    read.warnings.length === 0;
  if (!same) throw new Error(`${file} would not say what is meant:\n${text}`);
  return text;
}
