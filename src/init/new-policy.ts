import { basename, dirname } from 'node:path';
import { confText } from './conf-text.js';
import { filtersText, helperFilterLines } from './filters-text.js';
import { type Launcher, launcherFor } from './launcher.js';
import { type OpenstackService, openstackService } from './openstack.js';
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
  /** The name of a service of OpenStack that moves over from oslo.rootwrap, such as `nova`. */
  readonly openstack?: string;
  /** Directories with filter files that are there already, in place of a new one. */
  readonly filtersPath: readonly string[];
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
  /** What the service calls: `launcher`, or a link to it by the service's own name. */
  readonly program: string;
  readonly openstack: OpenstackService | undefined;
  /** What visudo says about the sudoers file. */
  readonly check: SudoersCheck;
}

/**
 * Decides what to write, and checks that all of it can be written.
 *
 * @throws {InitRefused} when nothing is to be written; and the system's errors
 */
export function newPolicy(choices: InitChoices): NewPolicy {
  const { user } = choices;
  if (user !== undefined) checkServiceUser(user);
  const launcher = launcherFor(choices.bin);
  for (const path of choices.filtersPath) checkPlainPath(path, 'the filters directory');
  const openstack =
    choices.openstack === undefined
      ? undefined
      : openstackService(choices.openstack, choices.filtersPath);
  const program = programFor(openstack, launcher);
  checkPrivileged(choices);
  const { directory, exists } = placeFor(choices.directory);
  const config = `${directory}/rootwrap.conf`;
  const sudoers = `${directory}/sudoers`;
  checkAbsent(
    config,
    openstack === undefined
      ? 'keep it, or name another directory'
      : 'what it says of directories is taken over into another directory, such as /etc/tsrootwrap/NAME',
  );
  checkAbsent(sudoers, 'move it away, or name another directory');

  const text = sudoersText({
    user,
    program,
    daemon: openstack === undefined ? 'here and through ssh' : openstack.hasDaemon ? 'here' : 'no',
    isFoundByName:
      openstack !== undefined && program !== openstack.fixedLink && !openstack.namesCommand,
    config,
  });
  const check = checkSudoers(text);
  if (check.outcome === 'wrong') {
    throw new InitRefused(`visudo refuses the sudoers line: ${check.problem}`);
  }
  const helperFilters = helperFilterLines(choices.contexts, launcher.path, config);
  const given = openstack?.filtersPath ?? choices.filtersPath;
  const filters = filtersOf(given, directory, helperFilters);
  const filtersPath = filters.length > 0 ? [`${directory}/filters.d`] : given;
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
    filters: filters.at(-1)?.path ?? given.join(', '),
    launcher,
    helperFilters,
    program,
    openstack,
    check,
  };
}

/** A directory with one filter file, unless there are filters already. */
function filtersOf(
  filtersPath: readonly string[],
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

/** What the service calls: most of OpenStack's have the name in their code. */
function programFor(openstack: OpenstackService | undefined, { path }: Launcher): string {
  if (openstack === undefined) return path;
  return openstack.fixedLink ?? `${dirname(path)}/${openstack.name}-rootwrap`;
}
