import { basename } from 'node:path';
import type { InitChoices, NewPolicy } from './new-policy.js';
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
    {
      what: `Write the filters (${made.filters}) and look at what they give away`,
      commands: [`tsrootwrapctl check ${made.config}`],
    },
    ...sudoersSteps(choices, made),
    ...(choices.openstack ? openstackSteps(made) : callSteps(choices, made)),
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

function installation({ launcher: { path, state }, links }: NewPolicy): readonly NextStep[] {
  const steps: NextStep[] = [];
  const commands = [
    'sudo npm install --global --ignore-scripts --prefix /usr/local ./tsrootwrap-*.tgz',
  ];
  if (state === 'missing') {
    steps.push({
      what: `Install tsrootwrap from its archive (README.md): ${path} is not there; or begin again with --bin`,
      commands,
    });
  } else if (state === 'exchangeable') {
    steps.push({
      what: `Install tsrootwrap as root: others could exchange ${path}, and so run anything as root`,
      commands,
    });
  }
  for (const link of links) {
    steps.push({
      what: 'Give it the name that the service calls, where that is not there yet',
      commands: [`sudo ln -s ${path} ${link}`, `sudo ln -s ${path}-daemon ${link}-daemon`],
    });
  }
  return steps;
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
      commands: [`configure({ config: '${made.config}' });`],
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

function sudoersSteps({ user, directory }: InitChoices, made: NewPolicy): readonly NextStep[] {
  const { sudoers, check } = made;
  // sudo skips names with a dot
  const name = basename(directory).replaceAll(/[^A-Za-z0-9_-]/g, '-');
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

function openstackSteps({ launcher: { path }, config }: NewPolicy): readonly NextStep[] {
  return [
    {
      what: "Name it in the service's own configuration: these lines are Neutron's, in [agent]",
      commands: [
        `root_helper = sudo ${path} ${config}`,
        `root_helper_daemon = sudo ${path}-daemon ${config}`,
      ],
    },
  ];
}
