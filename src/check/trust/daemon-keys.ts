import { parseConfig } from '../../config/configparser.js';
import type { RootwrapConf } from '../../config/rootwrap-conf.js';
import { ANY_OWNER, readTrustedFile } from '../../config/trusted-file.js';
import { quoteForShell } from '../../posix/shell-word.js';
import type { Ground } from './ground.js';

const GIB = 1024 ** 3;

/** Where the daemon of root puts its sockets unless daemon_directory says otherwise. */
const USUAL_DIRECTORY = '/run/tsrootwrap';

/** Bytes that all clients together may make the daemon hold; sixteen times the default. */
const MOST_MEMORY = 4 * GIB;

/** Connections: each takes a descriptor, and a service has few. */
const MOST_CONNECTIONS = 4096;

/** Commands at once: each is a process at least. */
const MOST_REQUESTS = 4096;

/** Seconds in which an honest client has long authenticated. */
const LONGEST_AUTHENTICATION = 300;

/** Seconds: an idle process of root's that stays for more than a day. */
const LONGEST_IDLE = 86_400;

/** What the keys of the daemon say, as far as it is a danger. */
export function checkDaemonKeys(config: RootwrapConf, ground: Ground): void {
  const { daemon, daemonTimeout } = config;
  const told = new Set<string>();
  const tell = (key: string, rule: string, problem: string, instead: string): void => {
    if (told.has(key)) return;
    told.add(key);
    const line = lineOf(key, config.file);
    ground.findings.push({ rule, severity: 'low', file: config.file, line, problem, instead });
  };
  const atMost = (key: string, value: number, most: number, problem: string): void => {
    if (value <= most) return;
    tell(key, 'daemon-limit', `${key} is ${value}: ${problem}`, `write ${key} = ${most} or less`);
  };
  atMost('daemon_max_connections', daemon.maxConnections, MOST_CONNECTIONS, 'that is no limit');
  atMost('daemon_max_pending', daemon.maxPending, MOST_CONNECTIONS, 'that is no limit');
  atMost('daemon_max_requests', daemon.maxRequests, MOST_REQUESTS, 'that is no limit');
  const much = `clients can make the daemon hold ${Math.round(daemon.maxMemory / GIB)} GiB`;
  atMost('daemon_max_memory', daemon.maxMemory, MOST_MEMORY, much);
  const slow = 'connections that say nothing are kept that long';
  atMost('daemon_auth_timeout', daemon.authTimeout, LONGEST_AUTHENTICATION, slow);
  atMost(
    'daemon_timeout',
    daemonTimeout,
    LONGEST_IDLE,
    "an idle process of root's stays that long",
  );
  if (daemon.explainRefusals) {
    const key = 'daemon_explain_refusals';
    const problem = 'whoever is refused is told what the filters say';
    tell(key, 'daemon-explains', problem, `write ${key} = false when the filters are written`);
  }
  if (config.observe !== undefined) {
    const problem = 'the words of every command are kept, and whoever calls can fill that file';
    tell('observe', 'observe-on', problem, 'take the key out when the filters are written');
  }
  checkPlaces(config, ground);
}

function checkPlaces({ daemon, observe }: RootwrapConf, ground: Ground): void {
  ground.directory(daemon.directory ?? USUAL_DIRECTORY, {
    severity: 'medium',
    what: "the directory of the daemon's sockets",
    rule: 'trust-daemon',
    so: 'the daemon refuses it and does not start',
    strict: true,
  });
  if (observe === undefined) return;
  const stats = ground.file(observe, {
    severity: 'medium',
    what: 'the file of decisions',
    rule: 'trust-observe',
    gets: 'writes decisions that were never made, from which filters are then written',
  });
  if (stats === undefined || (stats.mode & 0o077) === 0) return;
  ground.findings.push({
    rule: 'trust-observe',
    severity: 'low',
    file: observe,
    line: 0,
    problem: 'others than its owner have access to the file of decisions: nothing is written to it',
    instead: `chmod 0600 ${quoteForShell(observe)}`,
  });
}

/** 0 where the file has changed meanwhile. */
function lineOf(key: string, file: string): number {
  const config = parseConfig(readTrustedFile(file, ANY_OWNER), file, { strict: true });
  return config.default(key)?.line ?? 0;
}
