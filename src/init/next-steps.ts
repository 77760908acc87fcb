import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { resolvePath } from '../posix/resolve-path.js';
import { isWhereSudoLooks } from './launcher.js';
import type { InitChoices, NewPolicy } from './new-policy.js';
import type { OpenstackService } from './openstack.js';
import { ANY_USER } from './sudoers-text.js';

/** Something that is left to do. */
export interface NextStep {
  /** A sentence without a full stop. */
  readonly what: string;
  /** To be pasted into a shell, or lines for a file where `what` says so. */
  readonly commands: readonly string[];
}

/**
 * What is left to do before the service can call tsrootwrap, in order. A service of OpenStack that
 * runs finds no working helper from the sudoers lines and the link on, so it is stopped before these.
 */
export function nextSteps(choices: InitChoices, made: NewPolicy): readonly NextStep[] {
  const { openstack } = made;
  const toCall =
    openstack === undefined
      ? [...sudoersUser(choices, made), sudoersStep(choices, made), callStep(choices, made)]
      : [
          ...sudoersUser(choices, made),
          configurationStep(openstack, made),
          stopStep(openstack),
          sudoersStep(choices, made),
          linkStep(openstack, made),
          startStep(openstack),
          oldLinesStep(openstack),
        ];
  return [
    ...ownership(made),
    ...installation(made),
    ...privilegedSteps(choices, made),
    ...filterSteps(choices, made),
    ...toCall,
  ];
}

function ownership({ entries }: NewPolicy): readonly NextStep[] {
  if (process.geteuid?.() === 0) return [];
  const files = entries.map(({ path }) => path).join(' ');
  return [
    {
      what: 'These files belong to you, so they are good for a trial only: tsrootwrap refuses them as root. Begin again as root, below /etc, or give them to root, and every directory above them',
      commands: [`sudo chown root:root ${files}`],
    },
  ];
}

function installation({ launcher: { path, state } }: NewPolicy): readonly NextStep[] {
  const commands = [installCommand(path)];
  if (state === 'missing') {
    const what = `Install tsrootwrap from its archive: ${path} is not there; or begin again with --bin`;
    return [{ what, commands }];
  }
  if (state === 'exchangeable') {
    const what = `Install tsrootwrap as root: others could exchange ${path}, and so run anything as root`;
    return [{ what, commands }];
  }
  return [];
}

/** The archive has the script as scripts/install.sh. */
function installCommand(launcher: string): string {
  const [, prefix] = /^(.*)\/bin\/tsrootwrap$/.exec(launcher) ?? [];
  const elsewhere = prefix === undefined || prefix === '/usr/local' ? '' : ` --prefix ${prefix}`;
  return `sudo sh scripts/install.sh tsrootwrap-*.tgz${elsewhere}`;
}

/** Packages give /etc/NAME to the service's user, who could put other filters there. */
function filterSteps({ user }: InitChoices, made: NewPolicy): readonly NextStep[] {
  const { config, filters, openstack } = made;
  const check = `sudo tsrootwrapctl check ${config}${user === undefined ? '' : ` --user ${user}`}`;
  if (openstack === undefined) {
    return [
      { what: `Write the filters (${filters}) and look at what they give away`, commands: [check] },
    ];
  }
  return [
    ...openstack.filtersPath.filter(othersCanWrite).map((path) => ({
      what: `Keep ${path} from being exchanged: only root may be able to write there, to the files in it and in every directory above it`,
      commands: [
        `sudo chown root ${dirname(path)} && sudo chmod go-w ${dirname(path)} && sudo chown -R root ${path} && sudo chmod -R go-w ${path}`,
      ],
    })),
    {
      what: `Look at what the filters (${filters}) give away. Those of ${openstack.name} itself have highs, such as chown: nothing has to change for it to run; keep what you know apart, and see only what is new later`,
      commands: [check, `${check} --write-baseline ${dirname(config)}/known.json`],
    },
  ];
}

/** Whether others than root could change a directory of filters, or a file in it, or that cannot be told. */
function othersCanWrite(path: string): boolean {
  if (resolvePath(`${path}/x`)?.exchangeable !== false) return true;
  if (!existsSync(path)) return false;
  try {
    return readdirSync(path).some((name) => {
      const { uid, mode } = statSync(join(path, name));
      return uid !== 0 || (mode & 0o022) !== 0;
    });
  } catch {
    return true; // not readable for whoever calls this
  }
}

function privilegedSteps(choices: InitChoices, made: NewPolicy): readonly NextStep[] {
  const { modules, filtersPath } = choices;
  if (modules === undefined) return [];
  return [
    {
      what: `Install the modules of the privileged functions in ${modules}: root's, as every directory above it, and readable for everybody`,
      commands: [`sudo install -d -o root -g root -m 0755 ${modules}`],
    },
    {
      what: 'Tell the service which configuration that is, before its first call',
      commands: [configureCall(made)],
    },
    ...(filtersPath.length === 0
      ? []
      : [
          {
            what: `Add these lines to [Filters] of a file in ${filtersPath.join(' or ')}`,
            commands: made.helperFilters,
          },
        ]),
  ];
}

/** What is found by its name where sudo looks needs no path. */
function configureCall({ config, launcher: { path } }: NewPolicy): string {
  const command = isWhereSudoLooks(path) ? '' : `, command: ['sudo', '-n', '${path}']`;
  return `configure({ config: '${config}'${command} });`;
}

function sudoersUser({ user }: InitChoices, { sudoers }: NewPolicy): readonly NextStep[] {
  if (user !== undefined) return [];
  return [
    {
      what: `Write the service's user in place of ${ANY_USER} into ${sudoers}, and take the # away`,
      commands: [`sudoedit ${sudoers}`],
    },
  ];
}

function sudoersStep(
  { directory }: InitChoices,
  { sudoers, check, openstack }: NewPolicy,
): NextStep {
  // sudo skips names with a dot; packages of a service have a file of its name there already
  const name =
    openstack === undefined
      ? basename(directory).replaceAll(/[^A-Za-z0-9_-]/g, '-')
      : `tsrootwrap-${openstack.name}`;
  const place = `/etc/sudoers.d/${name}`;
  return {
    what: `Give the sudoers file to sudo${check.outcome === 'unknown' ? `; it was NOT checked: ${check.problem}` : ''}`,
    commands: [
      `sudo visudo -cf ${sudoers} && sudo install -o root -g root -m 0440 ${sudoers} ${place}`,
    ],
  };
}

function callStep({ user }: InitChoices, { launcher, config }: NewPolicy): NextStep {
  return {
    what: `Try it as ${user ?? 'the service'}`,
    commands: [`sudo -n ${launcher.path} ${config} uname -r`],
  };
}

function configurationStep(service: OpenstackService, { program, config }: NewPolicy): NextStep {
  const { name, section, namesCommand, hasDaemon } = service;
  return {
    what: `Write into ${section} of the configuration of ${name}, and do not restart it yet`,
    commands: namesCommand
      ? [
          `root_helper = sudo ${program} ${config}`,
          ...(hasDaemon ? [`root_helper_daemon = sudo ${program}-daemon ${config}`] : []),
        ]
      : [`rootwrap_config = ${config}`],
  };
}

function stopStep({ name }: OpenstackService): NextStep {
  return {
    what: `Stop each UNIT of ${name} that calls ${name}-rootwrap: from the next step on what it calls is refused until it reads its new configuration`,
    commands: [`systemctl list-units '*${name}*'`, 'sudo systemctl stop UNIT'],
  };
}

function linkStep(service: OpenstackService, { launcher: { path }, program }: NewPolicy): NextStep {
  const { name, fixedLink, hasDaemon } = service;
  return {
    what: `Give tsrootwrap the name that ${name} calls, where that is not there yet`,
    commands: [
      ...(fixedLink === undefined
        ? []
        : [`sudo dpkg-divert --local --rename ${program} || sudo mv ${program} ${program}.oslo`]),
      `sudo ln -s ${path} ${program}`,
      ...(hasDaemon ? [`sudo ln -s ${path}-daemon ${program}-daemon`] : []),
    ],
  };
}

function startStep({ name }: OpenstackService): NextStep {
  return { what: `Start each UNIT of ${name} again`, commands: ['sudo systemctl start UNIT'] };
}

function oldLinesStep({ name }: OpenstackService): NextStep {
  return {
    what: `Then take the old lines for ${name}-rootwrap out of these files: they are another way to root. Keep a copy, for the way back`,
    commands: [`sudo grep -rl ${name}-rootwrap /etc/sudoers /etc/sudoers.d`],
  };
}
