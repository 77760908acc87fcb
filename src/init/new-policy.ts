import { basename } from 'node:path';
import { confText } from './conf-text.js';
import { filtersText, helperFilterLines } from './filters-text.js';
import { type Launcher, launcherFor } from './launcher.js';
import { checkAbsent, checkPlainPath, isEmptyDirectory, placeFor } from './place.js';
import { checkPrivileged } from './privileged.js';
import { InitRefused } from './refusal.js';
import { checkServiceUser } from './service-user.js';
import { sudoersText } from './sudoers-text.js';
import { checkSudoers, type SudoersCheck } from './visudo.js';
import type { NewEntry } from './write-new.js';

/** What whoever begins a policy may choose. */
export interface InitChoices {
  readonly directory: string;
  /** The service's user. */
  readonly user?: string;
  /** Path of the installed `tsrootwrap`. */
  readonly bin?: string;
  /** The service moves over from oslo.rootwrap. */
  readonly openstack: boolean;
  /** Directories with filter files that are there already, in place of a new one. */
  readonly filtersPath: readonly string[];
  /** `nova` has links `nova-rootwrap` and `nova-rootwrap-daemon`. */
  readonly service?: string;
  /** Contexts of privileged functions, whose helpers the service may start. */
  readonly contexts: readonly string[];
  /** The directory of their modules. */
  readonly modules?: string;
}

export interface NewEntryOf extends NewEntry {
  /** What it is for, in a few words. */
  readonly what: string;
}

/** All that is to be written, checked, and nothing of it written yet. */
export interface NewPolicy {
  readonly entries: readonly NewEntryOf[];
  readonly config: string;
  readonly sudoers: string;
  /** Where the filters are to be written. */
  readonly filters: string;
  readonly launcher: Launcher;
  /** The lines by which a caller may start the helpers of its contexts. */
  readonly helperFilters: readonly string[];
  /** Links to it that the service calls by its own name. */
  readonly links: readonly string[];
  /** What visudo says about the sudoers file. */
  readonly check: SudoersCheck;
}

const SERVICE = /^[a-z][a-z0-9_-]{0,31}$/;

/**
 * Decides what to write, and checks that all of it can be written.
 *
 * @throws {InitRefused} when nothing is to be written; and the system's errors
 */
export function newPolicy(choices: InitChoices): NewPolicy {
  const { user, openstack } = choices;
  if (user !== undefined) checkServiceUser(user);
  const launcher = launcherFor(choices.bin);
  const links = linksFor(choices, launcher);
  for (const path of choices.filtersPath) checkPlainPath(path, 'the filters directory');
  checkPrivileged(choices);
  const { directory, exists } = placeFor(choices.directory);
  const config = `${directory}/rootwrap.conf`;
  const sudoers = `${directory}/sudoers`;
  checkAbsent(
    config,
    openstack
      ? 'tsrootwrap reads the files of oslo.rootwrap as they are: keep it, or name a directory beside it and give its filters_path by --filters-path'
      : 'keep it, or name another directory',
  );
  checkAbsent(sudoers, 'move it away, or name another directory');

  const text = sudoersText({ user, launchers: [launcher.path, ...links], config });
  const check = checkSudoers(text);
  if (check.outcome === 'wrong') {
    throw new InitRefused(`visudo refuses the sudoers line: ${check.problem}`);
  }
  const helperFilters = helperFilterLines(choices.contexts, launcher.path, config);
  const filters = filtersOf(choices, directory, helperFilters);
  const filtersPath = filters.length > 0 ? [`${directory}/filters.d`] : choices.filtersPath;
  return {
    entries: [
      ...(exists ? [] : [{ path: directory, mode: 0o755, what: 'the directory' }]),
      ...filters,
      {
        path: config,
        mode: 0o644,
        what: 'the configuration',
        text: confText({ filtersPath, openstack, modules: choices.modules }, config),
      },
      { path: sudoers, mode: 0o440, what: 'for /etc/sudoers.d, not installed yet', text },
    ],
    config,
    sudoers,
    filters: filters.at(-1)?.path ?? choices.filtersPath.join(', '),
    launcher,
    helperFilters,
    links,
    check,
  };
}

/** A directory with one filter file, unless there are filters already. */
function filtersOf(
  { filtersPath }: InitChoices,
  directory: string,
  helperFilters: readonly string[],
): readonly NewEntryOf[] {
  if (filtersPath.length > 0) return [];
  const path = `${directory}/filters.d`;
  const made = isEmptyDirectory(path);
  return [
    ...(made ? [] : [{ path, mode: 0o755, what: 'the directory of the filters' }]),
    {
      path: `${path}/${basename(directory)}.filters`,
      mode: 0o644,
      what: 'the first filter, and examples',
      text: filtersText(helperFilters),
    },
  ];
}

function linksFor({ openstack, service }: InitChoices, { path }: Launcher): readonly string[] {
  if (service === undefined) return [];
  if (!openstack) throw new InitRefused('--service is for --openstack; give both or neither');
  if (!SERVICE.test(service)) {
    throw new InitRefused('--service is not the name of a service, such as neutron or nova');
  }
  return [`${path.slice(0, path.lastIndexOf('/'))}/${service}-rootwrap`];
}
