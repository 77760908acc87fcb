import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { daemonExecutable } from '../support/daemon.js';
import { publicPolicy } from '../support/executable.js';
import { until } from '../support/patience.js';
import { script } from '../support/policy-files.js';
import { isAlive } from '../support/proc.js';
import { type OsloClient, OsloClients, type Started } from './oslo-client.js';

const FILTERS = `
cat: CommandFilter, cat, root
echo: CommandFilter, echo, root
id: CommandFilter, id, root
sh: CommandFilter, sh, root
hold: CommandFilter, hold, root
meet: CommandFilter, meet, root
later: CommandFilter, later, root
gone: CommandFilter, gone, root
broken: CommandFilter, broken, root
stranger: CommandFilter, stranger, no-such-user
`;

/** The files of a service that runs commands through a daemon. */
export interface Service {
  readonly directory: string;
  readonly config: string;
  /** Where programs are looked for first. */
  readonly bin: string;
  /** Where daemons make the directories of their sockets. */
  readonly sockets: string;
  /** The words that start tsrootwrap's daemon for it. */
  readonly command: readonly string[];
}

/**
 * A configuration for both daemons. The programs in it end when their service's files are removed,
 * so that a failed test leaves none behind.
 */
export function service(settings = ''): Service {
  const { directory, config, bin } = publicPolicy(FILTERS);
  // oslo.rootwrap takes relative paths for the caller's
  const lines = [
    '[DEFAULT]',
    `filters_path = ${join(directory, 'filters.d')}`,
    `exec_dirs = ${bin},/usr/bin,/bin`,
    `daemon_directory = ${join(directory, 's')}`,
    settings,
  ];
  writeFileSync(config, `${lines.join('\n')}\n`);
  // runs while its file is there
  script(
    join(bin, 'hold'),
    'echo begun > "$1.begun"; while [ -e "$1" ]; do sleep 0.02; done; echo released',
  );
  // ends when both of its files are there
  script(
    join(bin, 'meet'),
    'echo > "$1"; while [ ! -e "$2" ] && [ -e "$0" ]; do sleep 0.02; done; echo "$1 met $2"',
  );
  script(join(bin, 'stranger'));
  writeFileSync(script(join(bin, 'broken')), '#!/nonexistent\n');
  const command = [daemonExecutable(), config];
  return { directory, config, bin, sockets: join(directory, 's'), command };
}

/** A file for `hold` in the service's directory: the command runs until it is removed. */
export function held(service: Service): string {
  const file = join(service.directory, 'held');
  writeFileSync(file, '');
  return file;
}

/** Waits until a command runs that holds this file. */
export async function holding(file: string): Promise<void> {
  await until(`hold ${file}`, () => existsSync(`${file}.begun`));
}

/** Runs a body with a Python client of the service's daemon, which is stopped behind it. */
export async function withClient(
  service: Service,
  body: (client: OsloClient, clients: OsloClients) => Promise<void>,
  options: readonly '--sha256'[] = [],
): Promise<void> {
  const clients = new OsloClients(options);
  try {
    await body(await clients.client(service.command), clients);
  } finally {
    await clients.end();
  }
}

/** Waits until a daemon's process and its socket's directory are gone. */
export async function goneWithSocket({
  pid,
  socket,
}: Pick<Started, 'pid' | 'socket'>): Promise<void> {
  await until(`the end of process ${pid}`, () => !isAlive(pid));
  await until(`the removal of ${dirname(socket)}`, () => !existsSync(dirname(socket)));
}

/** The names of the directories that daemons of this service have left or use. */
export function socketDirectories({ sockets }: Service): readonly string[] {
  return existsSync(sockets) ? readdirSync(sockets) : [];
}
