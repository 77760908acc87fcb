import { basename, dirname } from 'node:path';
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

/** What is left to do before the service can call tsrootwrap, in order. */
export function nextSteps(choices: InitChoices, made: NewPolicy): readonly NextStep[] {
  return [
    ...ownership(made),
    ...installation(made),
    ...privilegedSteps(choices, made),
    ...filterSteps(made),
    ...sudoersSteps(choices, made),
    ...(made.openstack === undefined
      ? callSteps(choices, made)
      : openstackSteps(made.openstack, made)),
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

function installation({ launcher: { path, state }, openstack, program }: NewPolicy): NextStep[] {
  const steps: NextStep[] = [];
  const commands = [installCommand(path)];
  if (state === 'missing') {
    steps.push({
      what: `Install tsrootwrap from its archive: ${path} is not there; or begin again with --bin`,
      commands,
    });
  } else if (state === 'exchangeable') {
    steps.push({
      what: `Install tsrootwrap as root: others could exchange ${path}, and so run anything as root`,
      commands,
    });
  }
  if (openstack !== undefined) steps.push(linkStep(openstack, path, program));
  return steps;
}

/** The archive has the script as scripts/install.sh. */
function installCommand(launcher: string): string {
  const [, prefix] = /^(.*)\/bin\/tsrootwrap$/.exec(launcher) ?? [];
  const elsewhere = prefix === undefined || prefix === '/usr/local' ? '' : ` --prefix ${prefix}`;
  return `sudo sh scripts/install.sh tsrootwrap-*.tgz${elsewhere}`;
}

function linkStep(service: OpenstackService, launcher: string, program: string): NextStep {
  const { name, fixedLink, hasDaemon } = service;
  return {
    what: `Give tsrootwrap the name that ${name} calls, where that is not there yet`,
    commands: [
      ...(fixedLink === undefined
        ? []
        : [`sudo dpkg-divert --local --rename ${program} || sudo mv ${program} ${program}.oslo`]),
      `sudo ln -s ${launcher} ${program}`,
      ...(hasDaemon ? [`sudo ln -s ${launcher}-daemon ${program}-daemon`] : []),
    ],
  };
}

/** Packages give /etc/NAME to the service's user, who could put other filters there. */
function filterSteps({ config, filters, openstack }: NewPolicy): readonly NextStep[] {
  const open = (openstack?.filtersPath ?? []).filter(
    (path) => resolvePath(`${path}/x`)?.exchangeable !== false,
  );
  return [
    ...open.map((path) => ({
      what: `Keep ${path} from being exchanged: only root may be able to write there and in every directory above it`,
      commands: [
        `sudo chown root ${dirname(path)} ${path} && sudo chmod go-w ${dirname(path)} ${path}`,
      ],
    })),
    {
      what: `Write the filters (${filters}) and look at what they give away`,
      commands: [`tsrootwrapctl check ${config}`],
    },
  ];
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

function sudoersSteps({ user, directory }: InitChoices, made: NewPolicy): readonly NextStep[] {
  const { sudoers, check, openstack } = made;
  // sudo skips names with a dot; packages of a service have a file of its name there already
  const name =
    openstack === undefined
      ? basename(directory).replaceAll(/[^A-Za-z0-9_-]/g, '-')
      : `tsrootwrap-${openstack.name}`;
  const place = `/etc/sudoers.d/${name}`;
  return [
    ...(user === undefined
      ? [
          {
            what: `Write the service's user in place of ${ANY_USER} into ${sudoers}, and take the # away`,
            commands: [`sudoedit ${sudoers}`],
          },
        ]
      : []),
    {
      what: `Give the sudoers file to sudo${check.outcome === 'unknown' ? `; it was NOT checked: ${check.problem}` : ''}`,
      commands: [
        `sudo visudo -cf ${sudoers} && sudo install -o root -g root -m 0440 ${sudoers} ${place}`,
      ],
    },
  ];
}

function callSteps({ user }: InitChoices, { launcher, config }: NewPolicy): readonly NextStep[] {
  return [
    {
      what: `Try it as ${user ?? 'the service'}`,
      commands: [`sudo -n ${launcher.path} ${config} uname -r`],
    },
  ];
}

function openstackSteps(service: OpenstackService, made: NewPolicy): readonly NextStep[] {
  const { name, section, namesCommand, hasDaemon } = service;
  const { program, config } = made;
  return [
    {
      what: `Write into ${section} of the configuration of ${name}, and restart it`,
      commands: namesCommand
        ? [
            `root_helper = sudo ${program} ${config}`,
            ...(hasDaemon ? [`root_helper_daemon = sudo ${program}-daemon ${config}`] : []),
          ]
        : [`rootwrap_config = ${config}`],
    },
    {
      what: `Then take the old lines for ${name}-rootwrap out of these files: they are another way to root`,
      commands: [`sudo grep -rl ${name}-rootwrap /etc/sudoers /etc/sudoers.d`],
    },
  ];
}
