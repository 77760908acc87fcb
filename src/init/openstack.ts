import { existsSync } from 'node:fs';
import { ConfigError } from '../config/config-error.js';
import { readRootwrapConf } from '../config/rootwrap-conf.js';
import { checkPlainPath } from './place.js';
import { InitRefused } from './refusal.js';

/** How a service of OpenStack calls its root helper. */
export interface OpenstackService {
  readonly name: string;
  /** Where its filters are. */
  readonly filtersPath: readonly string[];
  readonly execDirs: readonly string[];
  /** Where its code looks for NAME-rootwrap; undefined: sudo looks for the name. */
  readonly fixedLink: string | undefined;
  /** Whether it calls NAME-rootwrap-daemon as well. */
  readonly hasDaemon: boolean;
  /** The section of its own configuration that names the helper. */
  readonly section: string;
  /** Whether that section says the whole command line, or only the path of rootwrap.conf. */
  readonly namesCommand: boolean;
}

type Known = Partial<Pick<OpenstackService, 'fixedLink' | 'hasDaemon' | 'section'>> & {
  readonly namesCommand?: true;
  readonly moreDirs?: readonly string[];
};

/** The order of OpenStack's own files: what its filters found there, they find here. */
const EXEC_DIRS = '/sbin,/usr/sbin,/bin,/usr/bin,/usr/local/bin,/usr/local/sbin'.split(',');

const SPECTRUM_SCALE = '/usr/lpp/mmfs/bin';

/** What differs from most services, whose code calls `sudo NAME-rootwrap` and reads rootwrap_config. */
const KNOWN: Readonly<Record<string, Known>> = {
  neutron: {
    hasDaemon: true,
    section: '[agent]',
    namesCommand: true,
    moreDirs: ['/etc/neutron/kill_scripts'],
  },
  ironic: { section: '[ironic_lib]', namesCommand: true },
  'ironic-inspector': { fixedLink: '/usr/bin/ironic-inspector-rootwrap' },
  glance: { section: "the section of each store that is cinder's" },
  cinder: { moreDirs: [SPECTRUM_SCALE] },
  manila: { moreDirs: [SPECTRUM_SCALE] },
};

const NAME = /^[a-z][a-z0-9_-]{0,31}$/;

/**
 * What is known of a service; its own rootwrap.conf counts more, where it has one already.
 *
 * @param filtersPath directories that were given instead; then its rootwrap.conf is not read
 * @throws {InitRefused} for what is no name of a service, and for a rootwrap.conf that cannot be taken over
 */
export function openstackService(name: string, filtersPath: readonly string[]): OpenstackService {
  if (!NAME.test(name)) {
    throw new InitRefused('--openstack takes the name of a service, such as neutron or nova');
  }
  const known = Object.hasOwn(KNOWN, name) ? KNOWN[name] : undefined;
  const { moreDirs = [], fixedLink, hasDaemon = false } = known ?? {};
  const own = filtersPath.length > 0 ? undefined : ownConf(`/etc/${name}/rootwrap.conf`);
  const usual = [`/etc/${name}/rootwrap.d`, `/usr/share/${name}/rootwrap`];
  return {
    name,
    filtersPath: filtersPath.length > 0 ? filtersPath : (own?.filtersPath ?? usual),
    execDirs: own?.execDirs ?? [...EXEC_DIRS, ...moreDirs],
    fixedLink,
    hasDaemon,
    section: known?.section ?? '[DEFAULT]',
    namesCommand: known?.namesCommand ?? false,
  };
}

/** The directories that a service's own rootwrap.conf names; undefined: there is none. */
function ownConf(file: string) {
  if (!existsSync(file)) return undefined;
  try {
    const { filtersPath, execDirs } = readRootwrapConf(file);
    for (const path of [...filtersPath, ...(execDirs ?? [])]) checkPlainPath(path, `in ${file}`);
    return { filtersPath, execDirs };
  } catch (error) {
    if (!(error instanceof ConfigError) && !(error instanceof InitRefused)) throw error;
    throw new InitRefused(
      `${error.message}; to leave ${file} out, name its directories by --filters-path`,
    );
  }
}
